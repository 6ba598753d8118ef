terraform {
  # 1.5 reads `optional(…)` with a default and preconditions; nothing here needs a newer one.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.95 is the first that knows the security policy in transfer.tf.
      version = ">= 5.95, < 7.0"
    }
  }

  # Where the state lies is yours to say (`backend "s3" {}`). It holds no password and no key, as none is made here.
}

provider "aws" {
  region = var.region

  default_tags {
    tags = var.tags
  }
}

data "aws_caller_identity" "current" {}

# aws, aws-us-gov or aws-cn: the second word of every ARN.
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
}
