# Only with `kms_key_arn`: S3 then asks for the key in the name of whoever reads or writes. These rights are apart from
# policies/*.json, which so stay the same for everybody.
#
# They count only if the key's own policy leaves it to IAM, as a new key's does: Principal = the account's root.

locals {
  # Whoever writes also needs to decrypt: S3 reads the parts of a large upload again when it puts them together.
  key_uses = { write = ["kms:Decrypt", "kms:GenerateDataKey"], read = ["kms:Decrypt"] }

  # Names that are known before anything is made, each with its role and what it does with the key.
  key_users = merge(
    {
      for stage in local.stages :
      "stage ${stage}" => { role = aws_iam_role.stage[stage].name, use = stage == "sync" ? "read" : "write" }
    },
    { for vendor, role in aws_iam_role.vendor : "vendor ${vendor}" => { role = role.name, use = "write" } },
    { for vendor, role in aws_iam_role.sftp : "vendor ${vendor}" => { role = role.name, use = "write" } },
  )
}

resource "aws_iam_policy" "key" {
  for_each = var.kms_key_arn == null ? {} : local.key_uses

  name        = "${var.name}-key-${each.key}"
  description = "Picture Day: the key of the buckets"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "KeyOfTheBuckets"
        Effect   = "Allow"
        Action   = each.value
        Resource = var.kms_key_arn
        # Through S3 only: what the key opens must be an object that its user may read.
        Condition = { StringLike = { "kms:ViaService" = "s3.${var.region}.amazonaws.com*" } }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "key" {
  for_each = var.kms_key_arn == null ? {} : local.key_users

  role       = each.value.role
  policy_arn = aws_iam_policy.key[each.value.use].arn
}

resource "aws_iam_user_policy_attachment" "key" {
  for_each = var.kms_key_arn == null ? {} : local.with_a_user

  user       = aws_iam_user.vendor[each.key].name
  policy_arn = aws_iam_policy.key["write"].arn
}
