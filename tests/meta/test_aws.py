"""The Terraform of deploy/aws says what it should, and its policies allow what the stages do and nothing more."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

import hcl2
import pytest
from hcl2 import SerializationOptions

from ingest.bucket.aftercare import TAG

_AWS = Path(__file__).parents[2] / "deploy/aws"
_FILES = sorted(_AWS.glob("*.tf"))
_PLAIN = SerializationOptions(strip_string_quotes=True, explicit_blocks=False, with_comments=False)
_POLICIES = ("ingest", "publish", "sync", "validate", "vendor")
_NAMES = {
    "partition": "aws",
    "inbox_bucket": "inboxes",
    "prefix": "photos",
    "blob_bucket": "bytes",
    "blob_prefix": "blobs",
    "queue_arn": "arn:aws:sqs:us-west-2:123456789012:events",
    "vendor": "lumen",
}
# All that Picture Day and its vendors ever ask of AWS. Bytes can't be removed for good: no s3:DeleteObjectVersion.
_ACTIONS = {
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}


def _blocks(text: str) -> Iterator[tuple[str, Any]]:
    """What a file declares, as a reference would name it (`var.name`, `aws_sqs_queue.events`), with its body."""
    found: dict[str, list[dict[str, Any]]] = hcl2.loads(text, serialization_options=_PLAIN)
    short = {"variable": "var", "locals": "local"}
    for kind, name, body in ((kind, *pair) for kind, blocks in found.items() for one in blocks for pair in one.items()):
        if kind in {"resource", "data"}:
            yield from ((f"{'data.' * (kind == 'data')}{name}.{label}", inner) for label, inner in body.items())
        else:
            yield f"{short.get(kind, kind)}.{name}", body


def _references(text: str) -> set[str]:
    code = re.sub(r"#.*", "", text)
    return {match[0] for match in re.finditer(r"(?<![\w.])(?:var|local|data\.aws_\w+|aws_\w+)\.\w+", code)}


def _net(code: str) -> int:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|#.*', "", code)
    return len(re.findall(r"[\[({]", bare)) - len(re.findall(r"[\])}]", bare))


def _indents(lines: list[str]) -> Iterator[str]:
    """Lines whose indent is not two spaces for each line that opened something."""
    opened: list[int] = []
    for line in lines:
        net = _net(line)
        while net < 0 and opened:
            net += opened.pop()
        if line and len(line) - len(line.lstrip(" ")) != 2 * len(opened):
            yield f"indent: {line}"
        if net > 0:
            opened.append(net)


def _equals(lines: list[str]) -> Iterator[str]:
    """Neighbouring lines, each a whole `name = value`, whose equals signs are not one below the other."""
    whole = re.compile(r'( *(?:[\w-]+|"[^"]*"))( +)= (.*)')
    matches = [match if (match := whole.fullmatch(line)) and _net(match[3]) == 0 else None for line in lines]
    for is_one, run in groupby(matches, key=bool):
        together = [match for match in run if match] if is_one else []
        column = max((len(match[1]) for match in together), default=0) + 1
        yield from (f"equals sign: {match[0]}" for match in together if len(match[1] + match[2]) != column)


def _unformatted(text: str) -> list[str]:
    """What `terraform fmt` would change, of the rules that a hand breaks."""
    lines = text.splitlines()
    spaces = [f"space: {line}" for line in lines if "\t" in line or line != line.rstrip()]
    wrapped = [f"no quotes needed: {line}" for line in lines if re.search(r'= "\$\{[^}]*\}"$', line)]
    return [*spaces, *wrapped, *_indents(lines), *_equals(lines)]


def _statements(policy: str) -> list[dict[str, Any]]:
    rendered = json.loads(Template((_AWS / f"policies/{policy}.json").read_text()).substitute(_NAMES))
    assert rendered["Version"] == "2012-10-17"
    statements: list[dict[str, Any]] = rendered["Statement"]
    return [
        one | {key: [one[key]] if isinstance(one[key], str) else one[key] for key in ("Action", "Resource")}
        for one in statements
    ]


def _rules(lifecycle: dict[str, Any]) -> list[dict[str, Any]]:
    made = [content for block in lifecycle.get("dynamic", []) for content in block["rule"]["content"]]
    return [*lifecycle["rule"], *made]


def _removes_untaken(rule: dict[str, Any]) -> bool:
    if not any({"days", "date"} & expiration.keys() for expiration in rule.get("expiration", [])):
        return False
    (only,) = rule["filter"]
    tags = [both.get("tags") for both in only.get("and", [])]
    return tags != [dict([TAG])] and not only.get("prefix", "").endswith("/${rule.key}/processed/")


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    """Everything that deploy/aws declares."""
    return {name: body for path in _FILES for name, body in _blocks(path.read_text())}


@pytest.mark.parametrize("path", [*_FILES, _AWS / "terraform.tfvars.example"], ids=lambda path: path.name)
def test_a_file_is_formatted(path: Path) -> None:
    """Whoever changes a file with `terraform fmt` on sees only their own change."""
    assert not _unformatted(path.read_text())


@pytest.mark.skipif(not shutil.which("terraform"), reason="Debian has no package of it; the test above knows its rules")
def test_terraform_agrees_on_the_form() -> None:
    """Terraform itself, where it is at hand, would change nothing."""
    told = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(_AWS)],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_every_name_leads_somewhere(declared: dict[str, Any]) -> None:
    """No file speaks of a variable, local, resource or data source that none declares."""
    used = {name for path in _FILES for name in _references(path.read_text())}
    assert used
    assert used <= declared.keys()


def test_every_variable_is_described_and_used(declared: dict[str, Any]) -> None:
    """A variable that nobody reads would be set in vain; one without a description, blindly."""
    variables = {name: body for name, body in declared.items() if name.startswith("var.")}
    used = {name for path in _FILES if path.name != "variables.tf" for name in _references(path.read_text())}
    assert variables
    assert variables.keys() <= used
    assert all(body.get("description") and body.get("type") for body in variables.values())


def test_the_example_sets_what_there_is(declared: dict[str, Any]) -> None:
    """The example for a newcomer sets existing variables, and every one that has no default."""
    text = (_AWS / "terraform.tfvars.example").read_text()
    shown = {f"var.{name}" for name in re.findall(r"^(?:# )?(\w+) += ", text, re.MULTILINE)}
    needed = {name for name, body in declared.items() if name.startswith("var.") and "default" not in body}
    assert needed <= {f"var.{name}" for name in hcl2.loads(text, serialization_options=_PLAIN)}
    assert shown <= declared.keys()


def test_each_stage_has_its_policy(declared: dict[str, Any]) -> None:
    """Every policy is attached to somebody, and Terraform fills in every name that it has a place for."""
    given = set(declared["local.policy_names"]) | {"vendor"}
    assert sorted(path.stem for path in (_AWS / "policies").iterdir()) == sorted(_POLICIES)
    assert f"${{toset({json.dumps(['ingest', 'validate', 'publish', 'sync'])})}}" == declared["local.stages"]
    assert given == _NAMES.keys()
    assert "/policies/vendor.json" in declared["aws_iam_policy.vendor"]["policy"]
    assert "/policies/${each.key}.json" in declared["aws_iam_policy.stage"]["policy"]


@pytest.mark.parametrize("policy", _POLICIES)
def test_a_policy_names_what_it_allows(policy: str) -> None:
    """A reviewer sees each action and each place by name: no asterisk for an action, none for a whole resource."""
    for statement in _statements(policy):
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        assert all(re.match(r"arn:aws:(s3:::(inboxes|bytes)(/|$)|sqs:.*:events$)", at) for at in statement["Resource"])
        assert not [at for at in statement["Resource"] if at in {"arn:aws:s3:::inboxes/*", "arn:aws:s3:::bytes/*"}]


def test_nothing_else_is_ever_asked_of_aws() -> None:
    """A new call is a new right: it must be added here, where somebody thinks about it."""
    assert {action for policy in _POLICIES for one in _statements(policy) for action in one["Action"]} == _ACTIONS


def test_only_ingest_and_the_vendor_delete() -> None:
    """What was delivered leaves an inbox by the hands of ingest or of its vendor; no blob is ever deleted."""
    deleting = {
        policy: [at for one in _statements(policy) if "s3:DeleteObject" in one["Action"] for at in one["Resource"]]
        for policy in _POLICIES
    }
    assert {policy: places for policy, places in deleting.items() if places} == {
        "ingest": ["arn:aws:s3:::inboxes/photos/*/inbox/*"],
        "vendor": ["arn:aws:s3:::inboxes/photos/lumen/inbox/*"],
    }


@pytest.mark.parametrize("key", ["photos/lumen-west/inbox/x.jpg", "photos/lumen", "photos/", "", "other/lumen/inbox/x"])
def test_a_vendor_sees_no_other(key: str) -> None:
    """Not even one whose name starts like its own, which the bare `<prefix>/<vendor>` in a listing would show."""
    for statement in _statements("vendor"):
        listed = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", [])
        assert ("s3:ListBucket" in statement["Action"]) == bool(listed)
        places = [at.removeprefix("arn:aws:s3:::inboxes/") for at in statement["Resource"]]
        assert not [pattern for pattern in places + listed if fnmatchcase(key, pattern)]


def test_nothing_untaken_expires(declared: dict[str, Any]) -> None:
    """A rule removes a current object only where it was tagged as taken or put aside, and a blob never."""
    kind = "aws_s3_bucket_lifecycle_configuration"
    assert any(
        "days" in expiration for rule in _rules(declared[f"{kind}.inbox"]) for expiration in rule.get("expiration", [])
    )
    assert not [rule for rule in _rules(declared[f"{kind}.inbox"]) if _removes_untaken(rule)]
    expirations = [
        expiration for rule in _rules(declared[f"{kind}.blobs"]) for expiration in rule.get("expiration", [])
    ]
    assert expirations == [{"expired_object_delete_marker": True}]


def test_a_wrong_word_costs_no_photo(declared: dict[str, Any]) -> None:
    """Terraform won't remove a bucket, and what a client or a stage writes over can be brought back."""
    assert declared["aws_s3_bucket.photos"]["lifecycle"] == [{"prevent_destroy": True}]
    assert "force_destroy" not in declared["aws_s3_bucket.photos"]
    assert declared["aws_s3_bucket_versioning.photos"]["versioning_configuration"] == [{"status": "Enabled"}]


def test_the_buckets_are_closed(declared: dict[str, Any]) -> None:
    """Both buckets take no public access, no ACL and no plain HTTP, whatever else is attached to whom."""
    ways = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [declared["aws_s3_bucket_public_access_block.photos"][way] for way in ways] == [True] * 4
    ownership = declared["aws_s3_bucket_ownership_controls.photos"]["rule"]
    assert ownership == [{"object_ownership": "BucketOwnerEnforced"}]
    policy = declared["aws_s3_bucket_policy.photos"]["policy"]
    assert 'Effect = "Deny", Principal = "*", Action = "s3:*"' in policy
    assert 'Condition = {Bool = {"aws:SecureTransport" = "false"}}' in policy


@pytest.mark.parametrize(
    "guard",
    ["versioning", "public_access_block", "ownership_controls", "server_side_encryption_configuration", "policy"],
)
def test_what_guards_one_bucket_guards_both(declared: dict[str, Any], guard: str) -> None:
    """No protection is left out for one of the buckets."""
    assert declared["local.buckets"].keys() == {"inbox", "blobs"}
    assert declared["aws_s3_bucket.photos"]["for_each"] == "${local.buckets}"
    assert declared[f"aws_s3_bucket_{guard}.photos"]["for_each"] == "${aws_s3_bucket.photos}"


def test_an_event_is_neither_lost_nor_forged(declared: dict[str, Any]) -> None:
    """All new objects are told of; only our bucket tells; what fails five times is put aside and raises an alarm."""
    queue, dead = declared["aws_sqs_queue.events"], declared["aws_sqs_queue.dead"]
    assert queue["visibility_timeout_seconds"] == 300
    assert queue["message_retention_seconds"] == dead["message_retention_seconds"] == 14 * 86400
    assert re.search(r"deadLetterTargetArn = aws_sqs_queue\.dead\.arn, maxReceiveCount = 5\b", queue["redrive_policy"])
    (told,) = declared["aws_s3_bucket_notification.inbox"]["queue"]
    assert (told["events"], told["filter_prefix"]) == (["s3:ObjectCreated:*"], "${var.prefix}/")
    assert "filter_suffix" not in told
    policy = declared["aws_sqs_queue_policy.events"]["policy"]
    assert 'Principal = {Service = "s3.amazonaws.com"}' in policy
    assert 'ArnEquals = {"aws:SourceArn" = aws_s3_bucket.photos["inbox"].arn}' in policy
    assert 'StringEquals = {"aws:SourceAccount" = local.account}' in policy
    assert declared["aws_cloudwatch_metric_alarm.dead"]["threshold"] == 0
