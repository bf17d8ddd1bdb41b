package cose

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// The faults of a CBOR text. A caller tells them apart with errors.Is.
var (
	ErrMalformed = errors.New("not in the one canonical form")
	ErrUnknown   = errors.New("well-formed, but of a shape that is not known here")
)

// Limits bound what Decode reads, before anything is allocated for it.
type Limits struct {
	Bytes int // length of the whole text
	Items int // elements of one array or pairs of one map, at most
}

// The library takes no lower limit than these, in depth and in items.
const (
	maxDepth = 4
	minItems = 16
)

// The options are fixed and tried by every test, so making the modes cannot fail.
var (
	encMode = must(encOptions().EncMode())
	small   = must(decMode(minItems))
)

func must[M any](mode M, err error) M {
	if err != nil {
		panic(err)
	}
	return mode
}

// encOptions are the deterministic encoding of RFC 8949 §4.2.1.
func encOptions() cbor.EncOptions {
	opts := cbor.CoreDetEncOptions()
	opts.NilContainers = cbor.NilContainerAsEmpty
	return opts
}

// Encode writes v in the one canonical form: deterministic encoding of
// RFC 8949 §4.2.1, shortest heads, definite lengths, sorted keys.
func Encode(v any) ([]byte, error) {
	b, err := encMode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode cbor: %w", err)
	}
	return b, nil
}

// Decode reads b into v, a pointer to a struct whose tags name its keys or its
// places. b must be what Encode would write for the same value: that one rule
// refuses long heads, indefinite lengths, unsorted and duplicate keys, floats,
// tags, trailing bytes and fields that say nothing. Nesting ends at depth 4.
// The error is ErrMalformed, or ErrUnknown where b may come from a later version.
func Decode(b []byte, v any, limits Limits) error {
	if len(b) > limits.Bytes {
		return fmt.Errorf("decode cbor: %d bytes, at most %d: %w", len(b), limits.Bytes, ErrMalformed)
	}
	mode := small
	if limits.Items > minItems {
		var err error
		if mode, err = decMode(limits.Items); err != nil {
			return err
		}
	}
	if err := mode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode cbor: %w: %w", err, kindOf(err))
	}
	again, err := Encode(v)
	if err != nil || !bytes.Equal(again, b) {
		return fmt.Errorf("decode cbor: %w", ErrMalformed)
	}
	return nil
}

// kindOf tells a text of another shape (which a later version may write) from
// one that no version writes.
func kindOf(err error) error {
	var unknown *cbor.UnknownFieldError
	var shape *cbor.UnmarshalTypeError
	if errors.As(err, &unknown) || errors.As(err, &shape) {
		return ErrUnknown
	}
	return ErrMalformed
}

func decMode(items int) (cbor.DecMode, error) {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   maxDepth,
		MaxArrayElements:  items,
		MaxMapPairs:       items,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("set cbor limits: %w", err)
	}
	return mode, nil
}
