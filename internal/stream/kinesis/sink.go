package kinesis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/simstead/simstead/internal/stream"
	"github.com/simstead/simstead/internal/stream/aws"
)

// Limits of PutRecords. The bytes of a partition key count.
const (
	maxRecords = 500
	maxRecord  = 1 << 20
	maxCall    = 5 << 20
)

const (
	timeout = 30 * time.Second       // of one call
	rounds  = 6                      // calls in a row in which nothing new was taken, before the engine decides
	pause   = 100 * time.Millisecond // before the second of them; then twice as long each time
)

// Sink puts the records of one data stream.
//
// The order holds among records of the same partition key: PutRecords itself promises none among others, and none either
// when it takes some records of a call and refuses others. When it refuses one, that one is put again, and behind it all
// of the same key that stood behind it in the call, taken or not. So a reader meets every key's records one after the
// other; what he meets besides are repeats, which he knows by their id. Other keys' records are not put again.
type Sink struct {
	session *aws.Session
	client  *kinesis.Client
	stream  string
	key     string // the partition key of every record; "" takes each record's own
}

var _ stream.Sink = (*Sink)(nil)

// Close implements stream.Sink. Connections are the account's.
func (s *Sink) Close() {}

// Send implements stream.Sink.
func (s *Sink) Send(ctx context.Context, records []stream.Record) (confirmed int, err error) {
	pending := make([]int, len(records)) // indices of what is not taken, ascending
	for i := range pending {
		pending[i] = i
	}
	idle, wait := 0, pause
	for len(pending) > 0 {
		if err := s.session.Ready(ctx); err != nil {
			return pending[0], err
		}
		call, err := s.next(records, pending)
		if err != nil {
			return pending[0], err
		}
		again, refused, err := s.put(ctx, call)
		if err != nil {
			return pending[0], err
		}
		if len(again) == 0 {
			pending, idle, wait = pending[len(call):], 0, pause
			continue
		}
		left := make([]int, 0, len(pending))
		for _, place := range again {
			left = append(left, pending[place])
		}
		if idle++; len(again) < len(call) {
			idle, wait = 0, pause
		}
		pending = append(left, pending[len(call):]...)
		if idle >= rounds {
			return pending[0], refused
		}
		if err := sleep(ctx, wait/2+rand.N(wait)); err != nil {
			return pending[0], err
		}
		wait *= 2
	}
	return len(records), nil
}

// next makes the call of as many pending records as one may have. A record that is too long for any call is an error
// when it is the first.
func (s *Sink) next(records []stream.Record, pending []int) ([]types.PutRecordsRequestEntry, error) {
	call := make([]types.PutRecordsRequestEntry, 0, min(len(pending), maxRecords))
	size := 0
	for _, i := range pending {
		key := s.key
		if key == "" {
			key = strconv.FormatInt(records[i].Key, 10)
		}
		length := len(records[i].Data) + len(key)
		if length > maxRecord && len(call) == 0 {
			return nil, stream.Permanent(fmt.Sprintf("a record of %d bytes is longer than Kinesis takes", len(records[i].Data)), nil)
		}
		if length > maxRecord || len(call) == maxRecords || size+length > maxCall {
			break
		}
		size += length
		call = append(call, types.PutRecordsRequestEntry{Data: records[i].Data, PartitionKey: sdk.String(key)})
	}
	return call, nil
}

// put makes one call. It returns the places in it of what has to be put again, and the last refusal's code and message.
func (s *Sink) put(ctx context.Context, call []types.PutRecordsRequestEntry) (again []int, refused, err error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := s.client.PutRecords(limited, &kinesis.PutRecordsInput{StreamName: &s.stream, Records: call})
	if err != nil {
		return nil, nil, aws.Failed(ctx, err)
	}
	if len(out.Records) != len(call) {
		return nil, nil, stream.Retry("Kinesis did not answer for every record", 0, nil)
	}
	var behind map[string]bool // keys of which a record was refused
	for place, result := range out.Records {
		key := *call[place].PartitionKey
		if code := sdk.ToString(result.ErrorCode); code != "" {
			text := code
			if message := sdk.ToString(result.ErrorMessage); message != "" {
				text += ": " + message
			}
			refused = stream.Retry(aws.Clip(text), aws.Wait(code), nil)
			if behind == nil {
				behind = map[string]bool{}
			}
			behind[key] = true
		}
		if behind[key] {
			again = append(again, place)
		}
	}
	return again, refused, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("send to Kinesis: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}
