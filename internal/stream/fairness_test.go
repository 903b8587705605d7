package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/stream"
)

// A hundred destinations that hang, each with a batch in memory, leave time and memory to the others: one that
// works has each record at once.
func TestHangingDestinationsDelayNobody(t *testing.T) {
	lite(t, func(s *site) {
		s.start()
		good := &fake{}
		s.stream(stream.UsageStream, good)
		bad := make([]*fake, 100)
		for i := range bad {
			bad[i] = &fake{pace: stream.Pace{Most: 3000}}
			s.stream(stream.EventStream, bad[i])
		}
		all := s.log(2, "eu")[1:]
		s.settle(time.Second)
		for _, f := range bad {
			f.behave(func(ctx context.Context, _ []stream.Record) (int, error) {
				select {
				case <-ctx.Done():
					return 0, ctx.Err()
				case <-time.After(30 * time.Second):
					return 0, stream.Retry("the destination did not answer in time", 0, nil)
				}
			})
		}
		s.log(1000, "e")
		for range 20 {
			began := time.Now()
			all = append(all, s.log(1, "u")...)
			s.settle(time.Second)
			s.expect(good, all)
			if late := good.when()[len(good.when())-1].Sub(began); late > 100*time.Millisecond {
				s.t.Fatalf("%v late", late)
			}
		}
	})
}
