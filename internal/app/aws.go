package app

import (
	"errors"
	"slices"

	"github.com/simstead/simstead/internal/stream/aws"
)

// AWSConfig is how the operator is known at Amazon, and where its services are.
type AWSConfig struct {
	Region          string `koanf:"aws_region"`
	BaseRole        string `koanf:"aws_base_role"` // assumed first; what customers' roles trust
	AccessKeyID     string `koanf:"aws_access_key_id"`
	SecretAccessKey string `koanf:"aws_secret_access_key"`
	STSEndpoint     string `koanf:"aws_sts_endpoint"`
	KinesisEndpoint string `koanf:"aws_kinesis_endpoint"`
	S3Endpoint      string `koanf:"aws_s3_endpoint"`
	S3PathStyle     bool   `koanf:"aws_s3_path_style"`
	S3Encryption    string `koanf:"aws_s3_encryption"`
	S3EncryptionKey string `koanf:"aws_s3_encryption_key"`
	PartitionKey    string `koanf:"aws_partition_key"` // endpoint or organisation
	StaticKeys      bool   `koanf:"aws_static_keys"`   // imported streams may hold keys of their own
}

var awsKeys = []string{
	"aws_region", "aws_base_role", "aws_access_key_id", "aws_secret_access_key", "aws_sts_endpoint", "aws_kinesis_endpoint", "aws_s3_endpoint",
	"aws_s3_path_style", "aws_s3_encryption", "aws_s3_encryption_key", "aws_partition_key", "aws_static_keys",
}

const (
	byEndpoint     = "endpoint"
	byOrganisation = "organisation"
)

func (c AWSConfig) check() error {
	switch {
	case (c.AccessKeyID == "") != (c.SecretAccessKey == ""):
		return errors.New("configuration: aws_access_key_id and aws_secret_access_key go together")
	case !slices.Contains([]string{byEndpoint, byOrganisation}, c.PartitionKey):
		return errors.New("configuration: aws_partition_key must be endpoint or organisation")
	case !slices.Contains([]string{"", "AES256", "aws:kms"}, c.S3Encryption):
		return errors.New("configuration: aws_s3_encryption must be AES256 or aws:kms, or empty")
	case c.S3EncryptionKey != "" && c.S3Encryption != "aws:kms":
		return errors.New("configuration: aws_s3_encryption_key is for aws_s3_encryption: aws:kms")
	}
	return nil
}

func (c AWSConfig) settings() aws.Settings {
	return aws.Settings{
		Region: c.Region, BaseRole: c.BaseRole, AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		STSEndpoint: c.STSEndpoint, KinesisEndpoint: c.KinesisEndpoint, S3Endpoint: c.S3Endpoint, PathStyle: c.S3PathStyle,
		Encryption: c.S3Encryption, EncryptionKey: c.S3EncryptionKey,
		KeyByOrganisation: c.PartitionKey == byOrganisation, StaticKeys: c.StaticKeys,
	}
}
