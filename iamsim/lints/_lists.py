"""Lists of actions by what they can be misused for; each is asked of the engine."""

from __future__ import annotations

DATA = (
    "athena:GetQueryResults",
    "backup:StartRestoreJob",
    "codecommit:GitPull",
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "ec2:CopySnapshot",
    "ec2:CreateSnapshot",
    "ec2:CreateStoreImageTask",
    "ecr:GetDownloadUrlForLayer",
    "glacier:InitiateJob",
    "kinesis:GetRecords",
    "lambda:GetFunction",
    "logs:GetLogEvents",
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
    "rds:CreateDBSnapshot",
    "rds:StartExportTask",
    "redshift-data:GetStatementResult",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutReplicationConfiguration",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
"""What carries data out: reads of what is stored, and copies that can be taken along."""

SECRETS = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")
"""What reads secrets of Secrets Manager."""

CREDENTIALS = (
    "airflow:CreateCliToken",
    "airflow:CreateWebLoginToken",
    "appsync:CreateApiKey",
    "chime:CreateApiKey",
    "cloud9:CreateEnvironmentToken",
    "codeartifact:GetAuthorizationToken",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "dsql:DbConnectAdmin",
    "ec2:GetPasswordData",
    "emr-containers:GetManagedEndpointSessionCredentials",
    "gamelift:GetComputeAccess",
    "gamelift:GetInstanceAccess",
    "grafana:CreateWorkspaceApiKey",
    "grafana:CreateWorkspaceServiceAccountToken",
    "lightsail:CreateBucketAccessKey",
    "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "rds-db:connect",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "sts:GetFederationToken",
)
"""What answers with credentials; those of IAM users and of registries are left out: other rules' or everybody's."""

EXPOSURE = (
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "es:UpdateDomainConfig",
    "kms:CreateGrant",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "ram:CreateResourceShare",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "redshift:AuthorizeSnapshotAccess",
    "sns:SetTopicAttributes",
    "sqs:SetQueueAttributes",
    "ssm:ModifyDocumentPermission",
)
"""What opens a resource to others and is no permissions management by AWS's access levels, or not for all it does."""

WATCHING = (
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudwatch:DeleteAlarms",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "detective:DeleteGraph",
    "ec2:DeleteFlowLogs",
    "guardduty:CreateFilter",
    "guardduty:DeleteDetector",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:UpdateDetector",
    "inspector2:Disable",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "macie2:DisableMacie",
    "s3:PutBucketLogging",
    "securityhub:DisableSecurityHub",
    "wafv2:DisassociateWebACL",
)
"""What ends or thins the records of what happens."""

SENDS = {"kms:CreateGrant": {"kms:GrantIsForAWSResource": "false"}}
"""What the one who asks chooses to send."""
