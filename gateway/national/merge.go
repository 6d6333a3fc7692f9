package national

import (
	"errors"
	"iter"
)

// errOrder says that the national platform does not keep to the order of the codes,
// without which a comparison would not end.
var errOrder = errors.New("national: the states are not in the order of their codes")

// merge joins two sequences in the order of their codes into one of pairs. An error
// of either ends it.
func merge(a, b iter.Seq2[sideBySide, error]) iter.Seq2[sideBySide, error] {
	return func(yield func(sideBySide, error) bool) {
		nextA, stopA := iter.Pull2(a)
		defer stopA()
		nextB, stopB := iter.Pull2(b)
		defer stopB()
		left, errA, more := nextA()
		right, errB, other := nextB()
		for more || other {
			if err := errors.Join(errA, errB); err != nil {
				yield(sideBySide{}, err)
				return
			}
			pair, takeLeft, takeRight := pairOf(left, right, more, other)
			if !yield(pair, nil) {
				return
			}
			if takeLeft {
				left, errA, more = nextA()
			}
			if takeRight {
				right, errB, other = nextB()
			}
		}
	}
}

// pairOf takes the smaller of two heads, or both where they are equal.
func pairOf(left, right sideBySide, more, other bool) (pair sideBySide, takeLeft, takeRight bool) {
	switch {
	case more && other && left.code == right.code:
		return sideBySide{left.code, left.here, right.there}, true, true
	case more && (!other || left.code < right.code):
		return left, true, false
	default:
		return right, false, true
	}
}
