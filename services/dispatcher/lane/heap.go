package lane

import "container/heap"

// queue is a priority queue whose items know their place, so that they can be taken out of the middle.
type queue[T any] struct {
	items []T
	less  func(a, b T) bool
	// place is where an item keeps its index, from 1; 0 means that it is not in the queue.
	place func(T) *int32
}

func (q *queue[T]) Len() int           { return len(q.items) }
func (q *queue[T]) Less(i, j int) bool { return q.less(q.items[i], q.items[j]) }

func (q *queue[T]) Swap(i, j int) {
	q.items[i], q.items[j] = q.items[j], q.items[i]
	*q.place(q.items[i]), *q.place(q.items[j]) = int32(i+1), int32(j+1) //nolint:gosec // far fewer than 2^31 lanes fit into memory
}

// Push is for package heap; use add.
func (q *queue[T]) Push(x any) {
	q.items = append(q.items, x.(T))
	*q.place(x.(T)) = int32(len(q.items)) //nolint:gosec // as above
}

// Pop is for package heap; use remove.
func (q *queue[T]) Pop() any {
	last := len(q.items) - 1
	x := q.items[last]
	var zero T
	q.items[last] = zero
	q.items = q.items[:last]
	*q.place(x) = 0
	return x
}

func (q *queue[T]) add(x T) { heap.Push(q, x) }

// remove does nothing for an item that is not in the queue.
func (q *queue[T]) remove(x T) {
	if i := *q.place(x); i > 0 {
		heap.Remove(q, int(i-1))
	}
}

func (q *queue[T]) top() (x T, ok bool) {
	if len(q.items) == 0 {
		return x, false
	}
	return q.items[0], true
}
