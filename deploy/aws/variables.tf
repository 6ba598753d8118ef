variable "region" {
  description = "The AWS region of all that is made here. A bucket can only tell a queue of its own region."
  type        = string
}

variable "name" {
  description = "What every name starts with: buckets, queues, roles, users."
  type        = string
  default     = "pictureday"

  validation {
    # Buckets take no capitals and at most 63 characters, and the account's number comes on top.
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "The name is 2 to 24 lower-case letters, digits and dashes, a letter first."
  }
}

variable "prefix" {
  description = "The folder of all vendors in the inbox bucket."
  type        = string
  default     = "vendors"

  validation {
    # An asterisk, a question mark or a dollar sign would mean something in a policy.
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.prefix))
    error_message = "The prefix is letters, digits, dots, dashes and underscores, with a slash only between them."
  }
}

variable "blob_prefix" {
  description = "The folder of all blobs in the blob bucket."
  type        = string
  default     = "blobs"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.blob_prefix))
    error_message = "The prefix is letters, digits, dots, dashes and underscores, with a slash only between them."
  }
}

variable "vendors" {
  description = "The vendors, by the name that `pictureday vendor add` gives them, and how each one delivers."
  type = map(object({
    # s3: aws, rclone, WinSCP and the like against the bucket. sftp: AWS Transfer Family.
    access = string
    # sftp: at least one, in OpenSSH's form (`ssh-ed25519 AAAA…`).
    public_keys = optional(list(string), [])
    # s3: who in the vendor's own account may assume our role. Without any, an IAM user is made instead.
    principals = optional(list(string), [])
    # s3: what the vendor must say when it assumes the role, where one account of it serves several customers.
    external_id = optional(string)
  }))
  default = {}

  validation {
    # The rule of `pictureday vendor add`. None of these characters means anything in a policy or a key.
    condition     = alltrue([for vendor in keys(var.vendors) : can(regex("^[a-z0-9][a-z0-9._-]{0,62}$", vendor))])
    error_message = "A vendor's name is at most 63 lower-case letters, digits, dots, dashes and underscores."
  }

  validation {
    condition     = alltrue([for vendor in values(var.vendors) : contains(["s3", "sftp"], vendor.access)])
    error_message = "A vendor's access is \"s3\" or \"sftp\"."
  }

  validation {
    condition = alltrue([
      for vendor, it in var.vendors : length(vendor) >= 3 && length(it.public_keys) > 0 if it.access == "sftp"
    ])
    error_message = "A vendor on SFTP has a public key, and Transfer Family wants three characters in its name."
  }

  validation {
    condition = alltrue([
      for key in flatten(values(var.vendors)[*].public_keys) :
      can(regex("^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( |$)", trimspace(key)))
    ])
    error_message = "A public key is one line of OpenSSH's form, like \"ssh-ed25519 AAAA… someone\"."
  }

  validation {
    condition = alltrue([
      for principal in flatten(values(var.vendors)[*].principals) :
      can(regex("^(arn:[a-z-]+:iam::[0-9]{12}:(root|(role|user)/[^*]+)|[0-9]{12})$", principal))
    ])
    error_message = "A vendor's principals are ARNs of its roles or users, or its account's number; never an asterisk."
  }
}

variable "stage_services" {
  description = "Which AWS services may run a stage: they may assume its role."
  type        = list(string)
  default     = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
}

variable "stage_principals" {
  description = "Who else may assume the roles of the stages, as ARNs: for stages that run outside of AWS."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for principal in var.stage_principals : can(regex("^arn:[a-z-]+:[^*]+$", principal))])
    error_message = "These are full ARNs; never an asterisk."
  }
}

variable "kms_key_arn" {
  description = "A KMS key of this region for both buckets. Without one, S3 encrypts with its own keys (SSE-S3)."
  type        = string
  default     = null

  validation {
    # An alias would do for the bucket, but not in the policies that let the stages use the key.
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[^*]+:key/[^*]+$", var.kms_key_arn))
    error_message = "This is the ARN of a key, not of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "taken_days" {
  description = "Days that a taken file stays in the inbox bucket, with after = \"tag\" or \"move:processed/\"."
  type        = number
  default     = 30

  validation {
    condition     = var.taken_days >= 1 && floor(var.taken_days) == var.taken_days
    error_message = "This is a whole number of days, at least 1."
  }
}

variable "noncurrent_days" {
  description = "Days that what was deleted or written over can still be brought back, in both buckets."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "This is a whole number of days, at least 1."
  }
}

variable "log_days" {
  description = "Days that the SFTP server's log is kept. It names files, and those are student codes: keep it short."
  type        = number
  default     = 30
}

variable "alarm_topic_arn" {
  description = "An SNS topic that hears of alarms. Without one, they only show in CloudWatch."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags on all that is made here."
  type        = map(string)
  default     = {}
}
