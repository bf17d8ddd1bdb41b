package pdf

import (
	"encoding/binary"
	"fmt"
)

// The objects of a file are found by a cross-reference stream (ISO 32000-2,
// 7.5.8), neither compressed nor filtered in the files of a Page: what stands
// where is known before it is written. An entry is one byte of type, 0 for an
// object that is not there and 1 for one that is, and four of its place, so that
// no file is too long; generations are left out, they are all 0.
const entrySize = 5

// furthest is the last place that an entry can name.
const furthest = 1<<32 - 1

// trailer begins the dictionary of a cross-reference stream; the number of
// entries follows, then the file's ID.
func trailer(root, info int) string {
	return fmt.Sprintf("/Type/XRef/W[1 %d 0]/Root %d 0 R/Info %d 0 R/Size ", entrySize-1, root, info)
}

// appendEntry writes the entry of an object, or of none at place 0.
func appendEntry(o []byte, place int) []byte {
	there := byte(1)
	if place == 0 {
		there = 0
	}
	return binary.BigEndian.AppendUint32(append(o, there), uint32(place))
}

// appendID writes the two halves of a file's ID, which are the same for a file
// that was never changed (14.4).
func appendID(o, id []byte) []byte {
	o = appendHex(append(o, "/ID[<"...), id)
	o = appendHex(append(o, "><"...), id)
	return append(o, ">]"...)
}

// appendEnd writes the last lines of a file: where its table is.
func appendEnd(o []byte, table int) []byte {
	return append(appendInt(append(o, "startxref\n"...), table), "\n%%EOF\n"...)
}
