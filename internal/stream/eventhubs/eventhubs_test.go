package eventhubs_test

import _ "github.com/twmb/franz-go/pkg/kfake"
