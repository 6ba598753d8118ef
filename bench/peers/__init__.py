"""Small, honest pipelines as people write them: every photo gets a verdict on record, good ones are moved aside.

Each is the job and no more; what it does not do is said in its `lacks`.
"""
