//go:build openjpeg && cgo

package ccodec

/*
#cgo pkg-config: libopenjp2
#include <openjpeg.h>
#include <string.h>

typedef struct { const unsigned char *p; OPJ_SIZE_T n, at; } memory;

static OPJ_SIZE_T mem_read(void *to, OPJ_SIZE_T n, void *u) {
	memory *m = u;
	if (m->at >= m->n) return (OPJ_SIZE_T)-1;
	if (n > m->n - m->at) n = m->n - m->at;
	memcpy(to, m->p + m->at, n);
	m->at += n;
	return n;
}
static OPJ_OFF_T mem_skip(OPJ_OFF_T n, void *u) {
	memory *m = u;
	if (n < 0) return -1;
	OPJ_SIZE_T left = m->n - m->at;
	m->at += (OPJ_SIZE_T)n > left ? left : (OPJ_SIZE_T)n;
	return n;
}
static OPJ_BOOL mem_seek(OPJ_OFF_T n, void *u) {
	memory *m = u;
	if (n < 0 || (OPJ_SIZE_T)n > m->n) return OPJ_FALSE;
	m->at = n;
	return OPJ_TRUE;
}
// keeps the first message
static void first_error(const char *text, void *u) {
	char *to = u;
	if (!to[0]) strncpy(to, text, 190);
}

static opj_image_t *run(opj_codec_t *codec, opj_stream_t *stream, unsigned w, unsigned h, unsigned n, int reduce,
	int threads, char *err) {
	opj_dparameters_t par;
	opj_set_default_decoder_parameters(&par);
	par.cp_reduce = reduce;
	opj_set_error_handler(codec, first_error, err);
	opj_image_t *img = NULL;
	if (!opj_setup_decoder(codec, &par)) return NULL;
	opj_decoder_set_strict_mode(codec, OPJ_TRUE); // short data is an error, not grey
	if (threads > 1) opj_codec_set_threads(codec, threads);
	if (!opj_read_header(stream, codec, &img)) return NULL;
	if (img->x1 - img->x0 != w || img->y1 - img->y0 != h || img->numcomps != n) {
		strcpy(err, "size");
	} else if (opj_decode(codec, stream, img)) {
		opj_end_decompress(codec, stream);
		return img;
	}
	opj_image_destroy(img);
	return NULL;
}

static opj_image_t *j2k_decode(const unsigned char *p, size_t n, int jp2, unsigned w, unsigned h, unsigned nc,
	int reduce, int threads, char *err) {
	memory m = {p, n, 0};
	opj_stream_t *s = opj_stream_create(1 << 16, OPJ_TRUE);
	opj_codec_t *c = opj_create_decompress(jp2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
	opj_image_t *img = NULL;
	if (s && c) {
		opj_stream_set_read_function(s, mem_read);
		opj_stream_set_skip_function(s, mem_skip);
		opj_stream_set_seek_function(s, mem_seek);
		opj_stream_set_user_data(s, &m, NULL);
		opj_stream_set_user_data_length(s, n);
		img = run(c, s, w, h, nc, reduce, threads, err);
	}
	if (c) opj_destroy_codec(c);
	if (s) opj_stream_destroy(s);
	return img;
}

// all components alike, of size w x h
static int alike(opj_image_t *img, unsigned w, unsigned h) {
	for (unsigned c = 0; c < img->numcomps; c++) {
		opj_image_comp_t *k = &img->comps[c];
		if (!k->data || k->w != w || k->h != h || k->prec != img->comps[0].prec ||
			k->sgnd != img->comps[0].sgnd) return 0;
	}
	return 1;
}
static void copy_out(opj_image_t *img, void *to, int size) {
	size_t n = (size_t)img->comps[0].w * img->comps[0].h, k = img->numcomps;
	for (size_t c = 0; c < k; c++) {
		const OPJ_INT32 *d = img->comps[c].data;
		if (size == 1) { unsigned char *o = (unsigned char *)to +
			c; for (size_t i = 0; i < n; i++, o += k) *o = (unsigned char)d[i]; }
		else if (size == 2) { unsigned short *o = (unsigned short *)to +
			c; for (size_t i = 0; i < n; i++, o += k) *o = (unsigned short)d[i]; }
		else { OPJ_INT32 *o = (OPJ_INT32 *)to + c; for (size_t i = 0; i < n; i++, o += k) *o = d[i]; }
	}
}
static unsigned prec(opj_image_t *i) { return i->comps[0].prec; }
static unsigned sgnd(opj_image_t *i) { return i->comps[0].sgnd; }
*/
import "C"

import (
	"strings"
	"unsafe"

	"hilum/internal/message"
)

const haveOpenJPEG = true

func decodeJPEG2000(q *Request) (*Frame, error) {
	jp2 := C.int(0)
	if string(q.Data[4:8]) == "jP  " {
		jp2 = 1
	}
	var said [200]C.char
	img := C.j2k_decode((*C.uchar)(unsafe.Pointer(&q.Data[0])), C.size_t(len(q.Data)), jp2,
		C.uint(q.Width), C.uint(q.Height), C.uint(q.Components), C.int(q.Reduce), C.int(q.Threads), &said[0])
	if img == nil {
		return nil, openJPEGError(C.GoString(&said[0]))
	}
	defer C.opj_image_destroy(img)
	f := &Frame{Width: scaled(q.Width, q.Reduce), Height: scaled(q.Height, q.Reduce), Components: q.Components}
	if C.alike(img, C.uint(f.Width), C.uint(f.Height)) == 0 {
		return nil, message.New("the JPEG 2000 components differ in size or depth, which is not supported")
	}
	f.Precision, f.Signed = int(C.prec(img)), C.sgnd(img) != 0
	if f.Precision < 1 || f.Precision > 32 {
		return nil, message.Errorf("the JPEG 2000 data has %d bits a sample", f.Precision)
	}
	f.Size = sampleSize(f.Precision)
	f.Pix = make([]byte, f.Width*f.Height*f.Components*f.Size)
	C.copy_out(img, unsafe.Pointer(&f.Pix[0]), C.int(f.Size))
	return f, nil
}

func openJPEGError(text string) error {
	if text == "size" {
		return message.New("the JPEG 2000 data differs in size from the header")
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
	if text == "" {
		text = "no reason given"
	}
	return message.Errorf("the JPEG 2000 data is damaged (%s)", strings.TrimSuffix(text, "."))
}
