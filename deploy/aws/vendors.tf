# A vendor sees its own folder and no other: it writes, reads and deletes in inbox/ (clients check what they sent, and
# rename by copy and delete), and reads receipts/. It can't tag, so it can't make a file look taken.
#
# Listings are allowed for prefixes from `<prefix>/<vendor>/` on. The bare `<prefix>/<vendor>` is not, although it
# looks the same: S3 matches letters, not folders, and so it would show lumen the student codes of lumen-west as well.

resource "aws_iam_policy" "vendor" {
  for_each = var.vendors

  name        = "${var.name}-vendor-${each.key}"
  description = "Picture Day: the inbox and the receipts of one vendor"
  policy      = templatefile("${path.module}/policies/vendor.json", merge(local.policy_names, { vendor = each.key }))

  lifecycle {
    precondition {
      condition     = length("${var.name}-vendor-${each.key}") <= 64
      error_message = "IAM takes 64 characters for a user or role: choose a shorter name for the vendor ${each.key}."
    }
  }
}

locals {
  with_own_account = { for vendor, it in var.vendors : vendor => it if it.access == "s3" && length(it.principals) > 0 }
  with_a_user      = { for vendor, it in var.vendors : vendor => it if it.access == "s3" && length(it.principals) == 0 }
}

# The better way: a role that the vendor's own account assumes. No key is handed over, and none can leak.
resource "aws_iam_role" "vendor" {
  for_each = local.with_own_account

  name        = "${var.name}-vendor-${each.key}"
  description = "Picture Day: a vendor that comes from its own account"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = each.value.principals }
        # Without it, a vendor's service could be talked into coming here for another of its customers.
        Condition = { for id in each.value.external_id[*] : "StringEquals" => { "sts:ExternalId" = id } }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "vendor" {
  for_each = local.with_own_account

  role       = aws_iam_role.vendor[each.key].name
  policy_arn = aws_iam_policy.vendor[each.key].arn
}

# For a vendor without AWS. Its key is made by hand (README.md), as one made here would lie in the state for good.
resource "aws_iam_user" "vendor" {
  for_each = local.with_a_user

  name = "${var.name}-vendor-${each.key}"
  # Taking a vendor out of the list takes its keys too, although they were made elsewhere.
  force_destroy = true
}

resource "aws_iam_user_policy_attachment" "vendor" {
  for_each = local.with_a_user

  user       = aws_iam_user.vendor[each.key].name
  policy_arn = aws_iam_policy.vendor[each.key].arn
}
