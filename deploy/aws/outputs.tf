locals {
  # The queue's own URL, with sqs in place of https.
  queue = replace(aws_sqs_queue.events.url, "https://", "sqs://")
}

output "inbox_url" {
  description = "inboxes[].url in pictureday.toml"
  value       = "${local.queue}?bucket=${local.buckets["inbox"]}&prefix=${var.prefix}"
}

output "blobs_url" {
  description = "blobs.url in pictureday.toml"
  value       = "s3://${local.buckets["blobs"]}/${var.blob_prefix}?region=${var.region}"
}

output "stage_roles" {
  description = "The role of each stage: a task's role at ECS, the instance profile of the same name at EC2."
  value       = { for stage in local.stages : stage => aws_iam_role.stage[stage].arn }
}

output "dead_letter_queue" {
  description = "Where events go that failed five times."
  value       = aws_sqs_queue.dead.url
}

output "sftp_host" {
  description = "Where vendors on SFTP connect to; null where there are none."
  value       = one(aws_transfer_server.sftp[*].endpoint)
}

output "vendors" {
  description = "What to tell each vendor: where it delivers, and as whom."
  value = {
    for vendor, it in var.vendors : vendor => {
      inbox = it.access == "sftp" ? "/inbox" : "s3://${local.buckets["inbox"]}/${var.prefix}/${vendor}/inbox/"
      as = (
        it.access == "sftp" ? aws_transfer_user.vendor[vendor].user_name :
        length(it.principals) > 0 ? aws_iam_role.vendor[vendor].arn : aws_iam_user.vendor[vendor].name
      )
    }
  }
}
