# One role for each stage, with what its code calls and nothing more. The policies are plain JSON in policies/, so that
# they can be read, compared and tested without Terraform.
#
# An asterisk in a resource stands for any characters, slashes too: `vendors/*/inbox/*` is every vendor's inbox. A
# role of a stage sees all vendors, as the stage serves all of them; a vendor's own policy has its name spelled out.
#
# Nobody has s3:DeleteObjectVersion: no stage and no vendor can remove bytes for good, only lifecycle rules can.

locals {
  stages = toset(["ingest", "validate", "publish", "sync"])

  # What stands in the ${…} of policies/*.json.
  policy_names = {
    partition    = local.partition
    inbox_bucket = local.buckets["inbox"]
    prefix       = var.prefix
    blob_bucket  = local.buckets["blobs"]
    blob_prefix  = var.blob_prefix
    queue_arn    = aws_sqs_queue.events.arn
  }
}

resource "aws_iam_role" "stage" {
  for_each = local.stages

  name        = "${var.name}-${each.key}"
  description = "Picture Day, stage ${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = "sts:AssumeRole"
        # An empty list is no principal at all, and IAM refuses it.
        Principal = {
          for kind, who in { Service = var.stage_services, AWS = var.stage_principals } : kind => who if length(who) > 0
        }
      },
    ]
  })

  lifecycle {
    precondition {
      condition     = length(var.stage_services) + length(var.stage_principals) > 0
      error_message = "Nobody could run a stage: name somebody in stage_services or stage_principals."
    }
  }
}

resource "aws_iam_policy" "stage" {
  for_each = local.stages

  name        = "${var.name}-${each.key}"
  description = "Picture Day: what stage ${each.key} does with S3 and SQS"
  policy      = templatefile("${path.module}/policies/${each.key}.json", local.policy_names)
}

resource "aws_iam_role_policy_attachment" "stage" {
  for_each = local.stages

  role       = aws_iam_role.stage[each.key].name
  policy_arn = aws_iam_policy.stage[each.key].arn
}

# EC2 gives a role to a machine only in this wrapping. One machine has one role: give each stage its own, or use ECS.
resource "aws_iam_instance_profile" "stage" {
  for_each = contains(var.stage_services, "ec2.amazonaws.com") ? local.stages : toset([])

  name = "${var.name}-${each.key}"
  role = aws_iam_role.stage[each.key].name
}
