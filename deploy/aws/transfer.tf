# SFTP in front of the same bucket, for vendors who have nothing else. It costs by the hour, so it is only there while a
# vendor uses it; made anew, it has a new address and host key. (On a machine of your own, deploy/sshd costs nothing.)
#
# No workflow on uploads that broke off: a client that goes away in the middle may leave a part as if it were whole.
# Ingest sees that it is none and waits `ingest.grace` for the rest, as it does for every other way in.

locals {
  on_sftp = { for vendor, it in var.vendors : vendor => it if it.access == "sftp" }

  # By a part of its hash and not by its place in the list: to remove one key must not touch the others.
  sftp_keys = merge([
    for vendor, it in local.on_sftp : {
      for key in it.public_keys :
      "${vendor}/${substr(sha256(trimspace(key)), 0, 12)}" => { vendor = vendor, body = trimspace(key) }
    }
  ]...)

  sftp_folders = merge([
    for vendor in keys(local.on_sftp) : {
      for folder in ["inbox", "receipts"] : "${vendor}/${folder}" => "${var.prefix}/${vendor}/${folder}/"
    }
  ]...)
}

resource "aws_transfer_server" "sftp" {
  count = length(local.on_sftp) > 0 ? 1 : 0

  protocols              = ["SFTP"]
  domain                 = "S3"
  identity_provider_type = "SERVICE_MANAGED"
  # Vendors come from anywhere; a key and nothing else lets them in.
  endpoint_type = "PUBLIC"
  # Pinned: the provider's own default is of 2018, and a newer one should come when you and the vendors expect it.
  security_policy_name = "TransferSecurityPolicy-2025-03"

  protocol_details {
    # WinSCP, FileZilla and OpenSSH set the time and mode of what they sent. S3 has neither, and the upload would fail.
    set_stat_option = "ENABLE_NO_OP"
  }

  # These logs need no role, as the older kind does: the service delivers them itself, into this group only.
  structured_log_destinations = ["${aws_cloudwatch_log_group.sftp.arn}:*"]

  tags = { Name = "${var.name}-sftp" }
}

# Who came, from where, and which files: that is, student codes. Let as few people read it as may read the photos.
# It stays when the last vendor on SFTP has gone.
resource "aws_cloudwatch_log_group" "sftp" {
  name              = "/aws/transfer/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_iam_role" "sftp" {
  for_each = local.on_sftp

  name        = "${var.name}-vendor-${each.key}"
  description = "Picture Day: a vendor that comes by SFTP"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "transfer.amazonaws.com" }
        # Only our server, and not somebody else's that was given our role's name.
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnLike      = { "aws:SourceArn" = "${replace(aws_transfer_server.sftp[0].arn, ":server/", ":user/")}/*" }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "sftp" {
  for_each = local.on_sftp

  role       = aws_iam_role.sftp[each.key].name
  policy_arn = aws_iam_policy.vendor[each.key].arn
}

resource "aws_transfer_user" "vendor" {
  for_each = local.on_sftp

  server_id = aws_transfer_server.sftp[0].id
  user_name = each.key
  role      = aws_iam_role.sftp[each.key].arn

  # The vendor sees two folders at its root and not where they are, as in the chroot of deploy/sshd.
  home_directory_type = "LOGICAL"

  home_directory_mappings {
    entry  = "/inbox"
    target = "/${local.buckets["inbox"]}/${var.prefix}/${each.key}/inbox"
  }

  home_directory_mappings {
    entry  = "/receipts"
    target = "/${local.buckets["inbox"]}/${var.prefix}/${each.key}/receipts"
  }
}

resource "aws_transfer_ssh_key" "vendor" {
  for_each = local.sftp_keys

  server_id = aws_transfer_server.sftp[0].id
  user_name = aws_transfer_user.vendor[each.value.vendor].user_name
  body      = each.value.body
}

# Transfer Family leaves out a folder that has nothing under it, and inbox/ is empty whenever all is taken. Ingest takes
# no key that ends in a slash, so these stay.
resource "aws_s3_object" "sftp_folder" {
  for_each = local.sftp_folders

  bucket       = aws_s3_bucket.photos["inbox"].id
  key          = each.value
  content_type = "application/x-directory"
}
