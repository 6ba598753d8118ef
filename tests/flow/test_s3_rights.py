"""Least privilege: each stage runs with the policy of deploy/aws and its own key, and may do nothing else.

The emulator checks keys, actions and resources of S3 and SQS; conditions (the prefix of a listing) it does not know.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.flow.bucket import BucketDistrict
from tests.flow.district import code_of, eventually
from tests.photos import portrait
from tests.servers import S3Server

_POLICIES = Path(__file__).parents[2] / "deploy/aws/policies"
Key = dict[str, str]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[BucketDistrict, dict[str, Key]]]:
    """A district on a server that checks every request, and the key of each stage and of the vendor."""
    server = S3Server()
    server.start()
    blobs = server.new_bucket()
    urls = {"blobs": f"s3://{blobs}/blobs?endpoint={server.endpoint}"}
    district = BucketDistrict(tmp_path, server, urls=urls, versions=True, after="move:processed/")
    queue = district.queue_url.rpartition("/")[2]
    names = {
        "partition": "aws",
        "inbox_bucket": district.bucket,
        "prefix": "vendors",
        "blob_bucket": blobs,
        "blob_prefix": "blobs",
        "queue_arn": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
        "vendor": "acme",
    }
    keys = {path.stem: key_of(server, path, names) for path in _POLICIES.glob("*.json")}
    # From here on nobody gets in without a key that may.
    headers = {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{server.endpoint}/moto-api/reset-auth", b"0", headers))  # noqa: S310 - ours
    yield district, keys
    district.close()
    server.close()


def key_of(server: S3Server, policy: Path, names: dict[str, str]) -> Key:
    """A user with just this policy, and its key as the environment has it."""
    iam: Any = server.client("iam")
    document = json.loads(Template(policy.read_text()).substitute(names))
    iam.create_user(UserName=policy.stem)
    iam.put_user_policy(UserName=policy.stem, PolicyName="only", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=policy.stem)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def client(district: BucketDistrict, key: Key) -> Any:
    """S3, as whoever has this key."""
    names = {"aws_access_key_id": key["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": key["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client("s3", endpoint_url=district.endpoint, region_name="us-east-1", **names)


def test_each_stage_has_the_rights_it_needs(guarded: tuple[BucketDistrict, dict[str, Key]]) -> None:
    """A photo goes from the vendor's key to MiSiS, each stage with its own; and a wrong key is told as such."""
    district, keys = guarded
    vendor = client(district, keys["vendor"])
    for number in range(3):
        vendor.put_object(
            Bucket=district.bucket, Key=district.key(f"{code_of(number)}.jpg"), Body=portrait(seed=number)
        )
    for stage in ("ingest", "validate", "publish"):
        district.start("run", "--stage", stage, env=keys[stage])
    district.s3 = client(district, keys["publish"])
    eventually(lambda: all(row["told_at"] for row in district.deliveries()) and bool(district.deliveries()), "all told")
    done = district.call("sync", "--now", env=keys["sync"])
    assert (done.returncode, len(district.store())) == (0, 3), done.stderr
    listing = client(district, keys["ingest"])
    found = listing.list_objects_v2(Bucket=district.bucket, Prefix="vendors/")["Contents"]
    assert [item["Key"].split("/")[2] for item in found] == ["processed"] * 3 + ["receipts"] * 2
    assert vendor.get_object(Bucket=district.bucket, Key=found[-1]["Key"])["Body"].read()
    wrong = district.call("doctor", env={"AWS_ACCESS_KEY_ID": "AKIANOBODY", "AWS_SECRET_ACCESS_KEY": "x"})
    assert "refuses our credentials" in wrong.stdout


@pytest.mark.parametrize(
    ("who", "key"),
    [
        ("vendor", "vendors/other/inbox/a.jpg"),
        ("vendor", "vendors/acme/receipts/a.csv"),
        ("vendor", "vendors/acme/processed/a.jpg"),
        ("publish", "vendors/acme/inbox/a.jpg"),
        ("ingest", "vendors/acme/inbox/a.jpg"),
        ("ingest", "vendors/acme/receipts/a.csv"),
        ("validate", "vendors/acme/inbox/a.jpg"),
        ("sync", "vendors/acme/inbox/a.jpg"),
    ],
)
def test_nobody_writes_where_it_has_no_business(
    guarded: tuple[BucketDistrict, dict[str, Key]], who: str, key: str
) -> None:
    """Not a vendor into another's folder or its own receipts, not a stage into a vendor's inbox."""
    district, keys = guarded
    with pytest.raises(ClientError, match="AccessDenied"):
        client(district, keys[who]).put_object(Bucket=district.bucket, Key=key, Body=b"x")
