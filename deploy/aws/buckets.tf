# Two buckets: where vendors deliver, and where the photos' bytes stay. All their protections are the same and stand
# once; only their lifecycles differ.
#
#   <inbox bucket>/<prefix>/<vendor>/inbox/…        the vendor writes, ingest takes
#   <inbox bucket>/<prefix>/<vendor>/receipts/…     publish writes, the vendor reads
#   <inbox bucket>/<prefix>/<vendor>/processed/…    what was taken, with after = "move:processed/" only
#   <blob bucket>/<blob prefix>/…                   the bytes, each under its own SHA-256

locals {
  # The account's number makes the names unique: bucket names are shared by all of AWS.
  buckets = {
    inbox = "${var.name}-inbox-${local.account}"
    blobs = "${var.name}-blobs-${local.account}"
  }
}

resource "aws_s3_bucket" "photos" {
  for_each = local.buckets

  bucket = each.value

  lifecycle {
    # A wrong word in a variable must not cost a district its photos.
    prevent_destroy = true
  }
}

# Whatever is deleted or written over, by a vendor, by us or by mistake, can be brought back for `noncurrent_days`.
resource "aws_s3_bucket_versioning" "photos" {
  for_each = aws_s3_bucket.photos

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "photos" {
  for_each = aws_s3_bucket.photos

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# No ACLs at all: what a vendor's account puts here belongs to us, and only policies say who may do what.
resource "aws_s3_bucket_ownership_controls" "photos" {
  for_each = aws_s3_bucket.photos

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# The bucket encrypts by default, so blobs.url needs no `sse=`, and no client of a vendor has to know.
resource "aws_s3_bucket_server_side_encryption_configuration" "photos" {
  for_each = aws_s3_bucket.photos

  bucket = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }

    # One call to KMS for many objects; without it, a hundred thousand photos are a hundred thousand calls.
    bucket_key_enabled = var.kms_key_arn != null
  }
}

resource "aws_s3_bucket_policy" "photos" {
  for_each = aws_s3_bucket.photos

  bucket = each.value.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The only statement. It denies, so nothing that is attached to anybody can undo it.
        Sid       = "OnlyEncryptedConnections"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [each.value.arn, "${each.value.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  # S3 refuses a policy while it changes the public access block.
  depends_on = [aws_s3_bucket_public_access_block.photos]
}

# No rule here may remove a file that was never taken. So a current object expires only where we said ourselves that it
# was taken: by the tag, or by its place in processed/. Neither can be made by a vendor: its policy has no
# s3:PutObjectTagging and ends at inbox/. A file that is sent again under the same name is a new version, without the
# tag.
resource "aws_s3_bucket_lifecycle_configuration" "inbox" {
  bucket = aws_s3_bucket.photos["inbox"].id

  rule {
    id     = "parts-of-uploads-that-broke-off"
    status = "Enabled"

    filter {}

    # Parts show in no listing and are paid for. A client resumes within hours, not days.
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "what-was-deleted-or-written-over"
    status = "Enabled"

    filter {}

    # What was taken and deleted, or what the vendor itself replaced or took back.
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    # Markers of deletions with nothing left below them. Each one makes every listing slower.
    expiration {
      expired_object_delete_marker = true
    }
  }

  # after = "tag"
  rule {
    id     = "taken"
    status = "Enabled"

    filter {
      and {
        prefix = "${var.prefix}/"
        tags   = { pictureday = "taken" }
      }
    }

    expiration {
      days = var.taken_days
    }
  }

  # after = "move:processed/". One rule for each vendor, as a rule's prefix has no wildcards; S3 allows a thousand.
  dynamic "rule" {
    for_each = var.vendors

    content {
      id     = "processed-${rule.key}"
      status = "Enabled"

      filter {
        prefix = "${var.prefix}/${rule.key}/processed/"
      }

      expiration {
        days = var.taken_days
      }
    }
  }

  # A rule about versions means nothing before there are any.
  depends_on = [aws_s3_bucket_versioning.photos]
}

# Blobs stay for good: no rule for current objects, and no stage may delete one. What an administrator deletes (a
# family's wish, say) is gone for good after `noncurrent_days`.
resource "aws_s3_bucket_lifecycle_configuration" "blobs" {
  bucket = aws_s3_bucket.photos["blobs"].id

  rule {
    id     = "parts-of-uploads-that-broke-off"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "what-was-deleted"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.photos]
}
