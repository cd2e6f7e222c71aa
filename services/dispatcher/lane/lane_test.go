package lane

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// bench is a book with a clock, for tests that say what happens step by step.
type bench struct {
	*testing.T
	*Book
	now    time.Time
	seq    uint64
	policy Policy
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, now: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), policy: Policy{Known: true, Concurrency: 2, Retry: schedule}}
	b.Book = New(Config{Log: partition.NewWindow(nil), Policies: func(string) Policy { return b.policy }, Expire: expireAfter})
	return b
}

func (b *bench) read(order string) {
	b.seq++
	b.Read(b.now, topology.Key{Destination: "d", Shop: "s", Order: order},
		&Message{Seq: b.seq, Stored: b.now, Delivery: &v1.Delivery{Id: fmt.Sprint(b.seq), Cause: b.seq + 100, Reference: "R" + order}})
}

// jobs starts what may start, and names it order:sequence.
func (b *bench) jobs() (jobs []*Job, names []string) {
	jobs, _ = b.Start(b.now, func() bool { return true })
	for _, j := range jobs {
		names = append(names, fmt.Sprintf("%s:%d", j.Key.Order, j.Head.Seq))
	}
	return jobs, names
}

func (b *bench) started(want ...string) []*Job {
	b.Helper()
	jobs, names := b.jobs()
	require.Equal(b, want, names)
	return jobs
}

func (b *bench) finish(j *Job, r attempt.Result) *Finished {
	b.Helper()
	f, look := b.Finish(j, End{At: b.now, Result: &r, Delivery: &v1.Delivery{}})
	require.Nil(b, look)
	return f
}

// commit makes everything durable and returns the records that went along.
func (b *bench) commit() []Record {
	b.Stored(b.Unstored(math.MaxInt))
	c := b.Take(partition.MaxRecords)
	if c == nil {
		return nil
	}
	b.Committed(c)
	return c.Records
}

var (
	delivered = attempt.Result{Reason: v1.Reason_DELIVERED, Status: 200}
	broken    = attempt.Result{Reason: v1.Reason_TRANSIENT, Status: 500, Response: []byte("boom")}
)

func TestLiveLane(t *testing.T) {
	b := newBench(t)
	b.read("1")
	b.read("1")
	j := b.started("1:1")
	b.finish(j[0], delivered)
	b.started()
	b.Stored(b.Unstored(1))
	b.started() // stored, and not yet committed
	c := b.Take(1)
	b.started()
	require.Empty(t, c.Records, "a delivery at the first attempt needs no lane record")
	b.Committed(c)
	b.started("1:2")
}

func TestParkedLane(t *testing.T) {
	b := newBench(t)
	b.read("1")
	b.finish(b.started("1:1")[0], broken)
	b.read("1") // while the outcome is on its way
	r := b.commit()
	require.Len(t, r, 1)
	require.EqualValues(t, 1, r[0].Lane.GetOldest())
	require.EqualValues(t, 2, r[0].Lane.GetNewest())
	require.EqualValues(t, 1, r[0].Lane.GetAttempts())
	require.EqualValues(t, 500, r[0].Lane.GetLast().GetStatus())
	require.Zero(t, b.cfg.Log.Len(), "the record covers both")

	b.read("1")
	r = b.commit()
	require.EqualValues(t, 3, r[0].Lane.GetNewest())
	require.True(t, r[0].KeepLast, "what was answered stays on record")
	b.started()
	b.now = b.now.Add(7 * time.Second)
	j := b.started("1:1")[0]
	require.EqualValues(t, 2, j.Number)
	require.Nil(t, j.Message)
	b.finish(j, delivered)
	require.EqualValues(t, 2, b.commit()[0].Lane.GetOldest())

	j = b.started("1:2")[0]
	require.EqualValues(t, 1, j.Number, "each delivery has attempts of its own")
	_, look := b.Finish(j, End{At: b.now, Result: &delivered})
	require.Equal(t, &Look{From: 3, UpTo: 3}, look, "nobody remembers what follows")
	j.Found(&Message{Seq: 3}, 3)
	b.finish(j, delivered)
	b.commit()
	b.finish(b.started("1:3")[0], delivered)
	b.Stored(b.Unstored(1))
	b.read("1")
	b.started()
	r = b.commit()
	require.Nil(t, r[0].Lane, "deleted")
	require.NotNil(t, b.started("1:4")[0].Message, "live again, when the deletion is durable")
}

// What follows the head may be gone, and something new may come while that is being found out.
func TestVacantLane(t *testing.T) {
	b := newBench(t)
	b.read("1")
	b.finish(b.started("1:1")[0], broken)
	b.read("1")
	b.read("1")
	b.commit()
	b.now = b.now.Add(time.Minute)
	b.finish(b.started("1:1")[0], delivered) // 2 is known to follow
	b.commit()
	j := b.started("1:2")[0]
	_, look := b.Finish(j, End{At: b.now, Result: &delivered})
	require.Equal(t, &Look{From: 3, UpTo: 3}, look)
	j.Found(nil, look.UpTo)
	f := b.finish(j, delivered)
	require.Equal(t, v1.Reason_REMOVED, f.Outcomes[1].GetReason(), "3 is on record")
	b.read("1")
	require.EqualValues(t, 4, b.commit()[0].Lane.GetOldest())
	b.started("1:4")
}

func TestRemovedHead(t *testing.T) {
	b := newBench(t)
	b.read("1")
	b.finish(b.started("1:1")[0], broken)
	b.commit()
	b.now = b.now.Add(time.Minute)
	j := b.started("1:1")[0]
	f, look := b.Finish(j, End{At: b.now, Removed: true})
	require.Nil(t, look)
	require.Equal(t, v1.Reason_REMOVED, f.Outcomes[0].GetReason())
	require.EqualValues(t, 101, f.Outcomes[0].GetCause())
	require.Nil(t, b.commit()[0].Lane)
	require.Empty(t, b.Waiting()[0].Parked)
}

func TestOldestDueFirst(t *testing.T) {
	b := newBench(t)
	b.policy.Concurrency = 1
	b.read("1")
	b.finish(b.started("1:1")[0], broken)
	b.commit() // due in 5 to 6 s
	b.now = b.now.Add(5500 * time.Millisecond)
	b.read("2")
	j := b.jobs2()
	b.now = b.now.Add(600 * time.Millisecond)
	b.read("3")
	b.finish(j, delivered)
	b.commit()
	first := j.Key.Order
	second := map[string]string{"1": "2:2", "2": "1:1"}[first]
	j = b.started(second)[0]
	b.finish(j, delivered)
	b.commit()
	b.started("3:3")
}

func (b *bench) jobs2() *Job {
	jobs, _ := b.jobs()
	require.Len(b, jobs, 1)
	return jobs[0]
}

func TestSlowDestinationKeepsNothingInMemory(t *testing.T) {
	b := newBench(t)
	for i := range 10 {
		b.read(fmt.Sprint(i))
	}
	b.started("0:1", "1:2")
	require.Empty(t, b.commit())
	_, next := b.Start(b.now, nil)
	require.WithinDuration(t, b.now.Add(Patience), next, time.Millisecond)
	b.now = next
	b.started()
	require.Len(t, b.commit(), 8, "all that wait are parked, without an attempt")
	require.Equal(t, 2, b.cfg.Log.Len())
	b.read("new")
	require.Len(t, b.commit(), 1, "while the destination is behind, new ones too")
}

func TestHotOrder(t *testing.T) {
	b := newBench(t)
	b.read("1")
	j := b.started("1:1")[0]
	for range maxQueued {
		b.read("1")
	}
	r := b.commit()
	require.Len(t, r, 1, "its messages leave memory while the first is under way")
	require.EqualValues(t, 1, r[0].Lane.GetOldest())
	require.Zero(t, b.cfg.Log.Len())
	b.started()
	b.finish(j, delivered)
	require.EqualValues(t, 2, b.commit()[0].Lane.GetOldest())
	b.started("1:2")
}

func TestUnknownDestination(t *testing.T) {
	b := newBench(t)
	b.policy = Policy{}
	b.read("1")
	b.started()
	require.Len(t, b.commit(), 1)
	require.Equal(t, []Waiting{{Destination: "d", Parked: 1, Oldest: b.now}}, b.Waiting())
	b.policy = Policy{Known: true, Concurrency: 1, Retry: schedule}
	b.Configure(b.now)
	j := b.started("1:1")[0]
	b.policy = Policy{}
	b.Configure(b.now) // it goes again while the attempt is under way
	f := b.finish(j, broken)
	require.Zero(t, f.Verdict.Dead)
	require.False(t, f.Verdict.Next.IsZero())
}

func TestRetryAfterHoldsTheDestination(t *testing.T) {
	b := newBench(t)
	b.read("1")
	b.read("2")
	b.read("3")
	j := b.started("1:1", "2:2")
	f := b.finish(j[0], attempt.Result{Reason: v1.Reason_TRANSIENT, Status: 429, RetryAfter: time.Minute})
	require.Zero(t, f.Verdict.Attempts, "costs none")
	b.finish(j[1], delivered)
	b.commit()
	b.now = b.now.Add(59 * time.Second)
	b.started()
	b.now = b.now.Add(time.Second)
	b.started("3:3", "1:1")
}

func TestExpiry(t *testing.T) {
	for name, policy := range map[string]Policy{
		"unknown destination": {},
		"endpoint fault":      {Known: true, Concurrency: 1, Retry: retry.Policy{Delays: []time.Duration{100 * 24 * time.Hour}, Attempts: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.policy = policy
			b.read("1")
			if jobs, _ := b.jobs(); len(jobs) > 0 {
				b.finish(jobs[0], attempt.Result{Reason: v1.Reason_ENDPOINT_FAULT, Status: 401})
			}
			b.commit()
			_, next := b.Start(b.now, nil)
			require.WithinDuration(t, b.now.Add(expireAfter), next, 0)
			b.now = next
			b.started()
			r := b.commit()
			require.Equal(t, v1.Lane_DEAD, r[0].Lane.GetState())
			require.Equal(t, v1.Reason_EXPIRED, r[0].Lane.GetDeadReason())
			j := b.started("1:1")[0]
			require.True(t, j.Letter)
			b.Finish(j, End{At: b.now, Lettered: true})
			require.Nil(t, b.commit()[0].Lane)
		})
	}
}

func TestDoubt(t *testing.T) {
	b := newBench(t)
	b.policy.Concurrency = 1000
	for i := range MaxUncommitted + 1 {
		b.read(fmt.Sprint(i))
	}
	jobs, _ := b.jobs()
	b.finish(jobs[0], delivered)
	b.now = b.now.Add(MaxDoubt + 1)
	b.read("late")
	b.started()
	b.commit()
	b.started("late:66")
	for _, j := range jobs[1:] {
		b.finish(j, delivered)
	}
	b.read("more")
	b.started()
	b.commit()
	b.started("more:67")
}

// An excerpt of the response goes on record with the first, a changed and the last attempt; what a waiting lane's record keeps is short.
func TestExcerpts(t *testing.T) {
	b := newBench(t)
	b.policy.Retry.Attempts = 4
	b.read("1")
	long := strings.Repeat("x", 3*keptResponse)
	for i, c := range []struct {
		body string
		want bool
	}{{long, true}, {long, false}, {"other", true}, {long, true}} {
		j := b.jobs2()
		f := b.finish(j, attempt.Result{Reason: v1.Reason_TRANSIENT, Status: 500, Response: []byte(c.body)})
		require.Equal(t, c.want, len(f.Outcomes[0].GetAttempt().GetResponse()) > 0, "attempt %d", i+1)
		last := b.commit()[0].Lane.GetLast().GetResponse()
		if i < 3 {
			require.LessOrEqual(t, len(last), keptResponse)
		} else {
			require.Equal(t, v1.Reason_EXHAUSTED, f.Verdict.Dead)
			require.Len(t, last, len(long), "the letter has all of it")
		}
		b.now = b.now.Add(time.Hour)
	}
}
