package pubsub_test

import _ "cloud.google.com/go/pubsub/v2/pstest"
