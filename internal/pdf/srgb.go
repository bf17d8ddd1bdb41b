package pdf

import (
	"encoding/binary"
	"math"
)

// sRGB makes an ICC profile (ICC.1:2001-04) of the sRGB colour space
// (IEC 61966-2-1), so that the file needs nobody else's.
func sRGB() []byte {
	be := binary.BigEndian
	fixed := func(o []byte, v float64) []byte { return be.AppendUint32(o, uint32(int32(math.Round(v*65536)))) }
	xyz := func(x, y, z float64) []byte { return fixed(fixed(fixed([]byte("XYZ \x00\x00\x00\x00"), x), y), z) }
	const name = "sRGB"
	desc := be.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1))
	desc = append(append(desc, name...), make([]byte, 1+8+3+67)...)
	curve := be.AppendUint32([]byte("curv\x00\x00\x00\x00"), 256)
	for i := range 256 {
		v := float64(i) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	type tag struct {
		name string
		data []byte // nil: that of the tag before
	}
	tags := []tag{
		{"desc", desc}, {"cprt", []byte("text\x00\x00\x00\x00CC0\x00")}, {"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)}, {"gXYZ", xyz(0.38515, 0.71687, 0.09708)}, {"bXYZ", xyz(0.14307, 0.06061, 0.7141)},
		{"rTRC", curve}, {"gTRC", nil}, {"bTRC", nil},
	}
	o := make([]byte, 128)
	be.PutUint32(o[8:], 0x02100000)
	copy(o[12:], "mntrRGB XYZ ")
	be.PutUint16(o[24:], 2026)
	be.PutUint16(o[26:], 1)
	be.PutUint16(o[28:], 1)
	copy(o[36:], "acsp")
	copy(o[68:], xyz(0.9642, 1, 0.8249)[8:])
	o = be.AppendUint32(o, uint32(len(tags)))
	var body []byte
	start, at, length := len(o)+12*len(tags), 0, 0
	for _, t := range tags {
		if t.data != nil {
			at, length = start+len(body), len(t.data)
			body = append(body, t.data...)
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
		}
		o = be.AppendUint32(be.AppendUint32(append(o, t.name...), uint32(at)), uint32(length))
	}
	o = append(o, body...)
	be.PutUint32(o, uint32(len(o)))
	return o
}
