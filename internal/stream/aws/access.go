package aws

import (
	"context"
	"fmt"
	"regexp"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/credential"
)

// Access is how a stream gets in at a customer's account: the part of the credentials that both destinations have.
type Access struct {
	Region  string `json:"region"`
	RoleARN string `json:"role_arn"`
	// Keys of the customer's own, in imported streams alone and where the operator lets them.
	AccessKeyID     string `json:"access_key_id,omitempty"`
	SecretAccessKey string `json:"secret_access_key,omitempty"`
}

var (
	// A region goes into a host name.
	region = regexp.MustCompile(`^[a-z]{2,12}(-[a-z0-9]{1,16}){1,4}-[0-9]{1,2}$`)
	// Published examples lack a colon or some digits or hold a placeholder for the account: AWS itself tells what is a role.
	role = regexp.MustCompile(`^arn:[a-z0-9-]+:iam:[!-~]*:role/[!-~]+$`)
)

const (
	maxARN = 2048 // characters; of AssumeRole
	maxKey = 256
)

// Check adds what is wrong with the form of the access. held is what was stored before: a mask that comes back means it.
func (a *Access) Check(s Settings, held Access, wrong *credential.Wrong) {
	credential.Keep(&a.SecretAccessKey, held.SecretAccessKey)
	if !s.StaticKeys && (held.AccessKeyID == "" || a.AccessKeyID != held.AccessKeyID) {
		a.AccessKeyID, a.SecretAccessKey = "", "" // a field that is not known
	}
	if wrong.Required("region", a.Region) {
		wrong.Format(region.MatchString(a.Region), "region must be the name of an AWS region, such as eu-west-1")
	}
	if a.RoleARN == "" && a.AccessKeyID != "" {
		wrong.Secret("secret_access_key", a.SecretAccessKey, maxKey)
	} else if wrong.Required("role_arn", a.RoleARN) {
		wrong.Format(len(a.RoleARN) <= maxARN && role.MatchString(a.RoleARN), "role_arn must be the ARN of a role, such as arn:aws:iam::123456789012:role/name")
	}
}

// Masked returns the access without its secret.
func (a Access) Masked() Access {
	if a.SecretAccessKey != "" {
		a.SecretAccessKey = credential.Mask
	}
	return a
}

// Session is a stream's standing in a customer's account.
type Session struct {
	account *Account
	access  Access
	org     int64
	keys    sdk.CredentialsProvider // nil until first needed
}

// Session returns the session of a stream; it contacts nobody. Keys in place of a role are for imported streams only.
func (a *Account) Session(access Access, s *stream.Stream) (*Session, error) {
	out := &Session{account: a, access: access, org: s.Organisation}
	if access.RoleARN != "" {
		return out, nil
	}
	if !a.settings.StaticKeys || s.Generation == stream.NewFormat {
		return nil, stream.Permanent("access keys are not allowed: give a role_arn", nil)
	}
	out.keys = credentials.NewStaticCredentialsProvider(access.AccessKeyID, access.SecretAccessKey, "")
	return out, nil
}

// ExternalID is what the customer's role must ask for: without it, anybody's stream could name anybody's role.
func ExternalID(organisation int64) string { return fmt.Sprintf("org-%d", organisation) }

// Ready sees to it that there are credentials which are good for a while. Its error says what is wrong with the role.
func (s *Session) Ready(ctx context.Context) error {
	if s.keys == nil {
		base, home, err := s.account.own(ctx, s.access.Region)
		if err == nil {
			_, err = base.Retrieve(ctx)
		}
		if err != nil {
			return failedOwn(ctx, err)
		}
		s.keys = s.account.session(customer{s.org, s.access.RoleARN, s.access.Region}, base, home)
	}
	if _, err := s.keys.Retrieve(ctx); err != nil {
		return failedRole(ctx, err)
	}
	return nil
}

// Retrieve implements aws.CredentialsProvider for the clients of the services.
func (s *Session) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	return s.keys.Retrieve(ctx)
}
