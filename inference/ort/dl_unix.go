//go:build !windows

package ort

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// The first two members of OrtApiBase in onnxruntime_c_api.h; their order is
// part of the library's stable interface.
typedef struct {
	const void *(*get_api)(uint32_t version);
	const char *(*get_version)(void);
} api_base;

static const char *ort_version(void *symbol) {
	const api_base *base = ((const api_base *(*)(void))symbol)();
	return base ? base->get_version() : NULL;
}

// cuda_devices asks the driver how many devices there are; negative is its error.
static int cuda_devices(void *init, void *count) {
	int n = 0, code = ((int (*)(unsigned))init)(0);
	if (code == 0) code = ((int (*)(int *))count)(&n);
	return code == 0 ? n : -code;
}
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"

	"hilum/internal/message"
)

// dlopen loads a shared library for the whole process and leaves it loaded.
func dlopen(path string) (unsafe.Pointer, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	// dlerror belongs to the thread that failed.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h := C.dlopen(name, C.RTLD_LAZY|C.RTLD_GLOBAL)
	if h == nil {
		return nil, errors.New(C.GoString(C.dlerror()))
	}
	return h, nil
}

func dlsym(h unsafe.Pointer, symbol string) (unsafe.Pointer, error) {
	name := C.CString(symbol)
	defer C.free(unsafe.Pointer(name))
	p := C.dlsym(h, name)
	if p == nil {
		return nil, message.Errorf("it has no %s", symbol)
	}
	return p, nil
}

func libraryVersion(path string) (string, error) {
	h, err := dlopen(path)
	if err != nil {
		return "", err
	}
	defer C.dlclose(h)
	base, err := dlsym(h, "OrtGetApiBase")
	if err != nil {
		return "", err
	}
	v := C.ort_version(base)
	if v == nil {
		return "", message.New("it does not tell its version")
	}
	return C.GoString(v), nil
}

// cudaDevices asks the driver library for the number of devices.
func cudaDevices(driver unsafe.Pointer) (int, error) {
	initialise, err := dlsym(driver, "cuInit")
	if err != nil {
		return 0, err
	}
	count, err := dlsym(driver, "cuDeviceGetCount")
	if err != nil {
		return 0, err
	}
	n := int(C.cuda_devices(initialise, count))
	if n < 0 {
		return 0, message.Errorf("the driver answers with CUDA error %d", -n)
	}
	return n, nil
}
