# The bucket tells the queue of each new object, and ingest reads the queue. An event only makes ingest quick: the
# bucket is listed as well, every `ingest.reconcile` seconds, so an event that is lost costs minutes and no photo.
#
# Ingest understands two other ways too, with the same queue at their end:
# - S3 → SNS → SQS, where somebody else needs the events as well (a bucket tells each event to one place only);
# - S3 → EventBridge → SQS, where rules or archives are wanted (`eventbridge = true` in the notification).

resource "aws_sqs_queue" "events" {
  name = "${var.name}-events"

  # As ingest asks for. It extends the time itself while it works on a large zip, so a crash costs five minutes.
  visibility_timeout_seconds = 300
  # Long polling, for whoever does not ask otherwise: one empty answer in 20 seconds, not thousands.
  receive_wait_time_seconds = 20
  # The most that SQS allows: ingest may be down over the holidays.
  message_retention_seconds = 1209600
  # Not a KMS key: S3 can't send to a queue whose key it may not use. The messages name files, no more.
  sqs_managed_sse_enabled = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })
}

# Where a message goes that failed five times. Look at it, mend the cause, send it back (the console's "DLQ redrive").
# The file itself still lies in the bucket, and the next listing finds it.
resource "aws_sqs_queue" "dead" {
  name = "${var.name}-events-dead"

  # Its age counts from when it was first sent, so this must not be shorter than above.
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

# On its own, as two queues that name each other would be a circle.
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOurBucketTells"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.events.arn
        Condition = {
          ArnEquals = { "aws:SourceArn" = aws_s3_bucket.photos["inbox"].arn }
          # A bucket's ARN has no account in it: were ours ever gone, another account could make one of its name.
          StringEquals = { "aws:SourceAccount" = local.account }
        }
      },
    ]
  })
}

# A bucket has one notification configuration: whoever else wants its events must be added here.
resource "aws_s3_bucket_notification" "inbox" {
  bucket = aws_s3_bucket.photos["inbox"].id

  queue {
    id        = "new-files"
    queue_arn = aws_sqs_queue.events.arn
    # Put, Post, Copy and CompleteMultipartUpload: clients use all four.
    events = ["s3:ObjectCreated:*"]
    # No suffix: it knows capitals from small letters and allows no choice, so a .JPG, a zip or _DONE would go unseen.
    # Events of receipts/ and processed/ come too, as the vendor stands in between; ingest drops them unread.
    filter_prefix = "${var.prefix}/"
  }

  # S3 tries the queue at once, and fails where it may not send yet.
  depends_on = [aws_sqs_queue_policy.events]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name        = "${var.name}-events-dead"
  alarm_description = "An event failed five times. Its file is found by a listing all the same; look for the cause."

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  # A queue that nobody touched for six hours reports nothing, and that is fine.
  treat_missing_data = "notBreaching"

  alarm_actions = var.alarm_topic_arn[*]
  ok_actions    = var.alarm_topic_arn[*]
}

resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name        = "${var.name}-events-stalled"
  alarm_description = "An event has waited for an hour: ingest is down, or does not keep up."

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.events.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 3600
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  alarm_actions = var.alarm_topic_arn[*]
  ok_actions    = var.alarm_topic_arn[*]
}
