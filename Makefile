# Hilum. Two commands: make run, make test.

GO      ?= go
# X11 serves Wayland desktops too (through XWayland) and avoids Fyne's known
# troubles with text size there.
PKG_CONFIG ?= pkg-config
# Asked again for each target: scripts/system.sh may have just installed them.
codecs   = $(shell $(PKG_CONFIG) --exists libopenjp2 2>/dev/null && echo openjpeg) $(shell $(PKG_CONFIG) --exists charls 2>/dev/null && echo charls)
empty   :=
space   := $(empty) $(empty)
comma   := ,
TAGS    = $(subst $(space),$(comma),$(strip x11 $(codecs)))
GOFLAGS += -buildvcs=false
export GOFLAGS
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X hilum/internal/version.Number=$(VERSION)
sources := $(shell find . -path ./build -prune -o \( -name '*.go' -o -name go.mod -o -path './resources/*' -o -path './training/*.json' -o -path './training/*.html' \) -type f -print)

.PHONY: run test check build system-test engine cuda bench demo-model twin-model changelog release refs clean smoke session desktop

## run: set up what is missing, build, and open the demo study (headless where there is no display)
run: bin/hilum bin/cxr engine
	@sh scripts/run.sh

## build: bin/hilum and bin/cxr
build: bin/hilum bin/cxr

build/system.stamp: scripts/system.sh
	@sh scripts/system.sh build
	@mkdir -p build && touch $@

bin/hilum: $(sources) | build/system.stamp
	$(GO) build -tags "$(TAGS)" -trimpath -ldflags "$(LDFLAGS)" -o $@ ./app/cmd/hilum

bin/cxr: $(sources) | build/system.stamp
	$(GO) build -tags "$(TAGS)" -trimpath -ldflags "$(LDFLAGS)" -o $@ ./app/cmd/cxr

## engine: ONNX Runtime for the CPU, under build/ort
engine:
	@sh scripts/engine.sh cpu build/ort

## cuda: ONNX Runtime with CUDA and its libraries, under build/cuda
cuda:
	@sh scripts/engine.sh cuda build/cuda

system-test:
	@sh scripts/system.sh test

## test: the whole suite, headless, and a smoke test of the real window
test: system-test engine
	$(GO) vet -tags "$(TAGS)" ./...
	HILUM_ORT_LIB="$(CURDIR)/build/ort" $(GO) test -tags "$(TAGS)" -timeout 20m ./...
	@$(MAKE) --no-print-directory smoke

## smoke: start the real window under a virtual display, open a study, toggle a map, close
smoke: system-test bin/hilum engine
	@sh scripts/smoke.sh

## session: a reading step by step with a real mouse under a virtual display; pictures and page in docs
session: system-test bin/hilum bin/cxr engine
	@bash scripts/session.sh bin docs/session

## desktop: put Hilum into this user's desktop, with its icon and links to studies (hilum:?server=NAME&study=UID)
desktop: bin/hilum
	@sh scripts/desktop.sh

## check: format, vet, linter, race detector, arrows
check: system-test engine
	@test -z "$$(gofmt -l app ui inference training dicomio internal resources testdata)" || { gofmt -l app ui inference training dicomio internal resources testdata; echo 'gofmt -w these'; exit 1; }
	$(GO) vet -tags "$(TAGS)" ./...
	@test -x build/tools/golangci-lint || GOBIN="$(CURDIR)/build/tools" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	build/tools/golangci-lint run --build-tags "$(TAGS)" ./...
	HILUM_ORT_LIB="$(CURDIR)/build/ort" $(GO) test -race -short -tags "$(TAGS)" -timeout 30m ./app/... ./ui/... ./inference/... ./training/... ./dicomio/... ./internal/...
	$(GO) test -count=1 .

## bench: speed as ratios against named peers, in one run on this machine
bench: system-test bin/cxr bin/hilum engine
	@sh scripts/bench.sh

## changelog: what is not released yet, joined from changelog/unreleased
changelog:
	@sh scripts/changelog.sh

## release: put that into CHANGELOG.md under VERSION; the tag is set by hand
release:
	@sh scripts/changelog.sh "$(VERSION)"

## demo-model: draw the phantoms and train the demonstration model anew, by this program alone
demo-model: bin/cxr engine
	HILUM_ORT_LIB="$(CURDIR)/build/ort" sh scripts/demo.sh

## twin-model: make the demonstration model's confounded twin anew
twin-model: bin/cxr engine
	HILUM_ORT_LIB="$(CURDIR)/build/ort" sh scripts/twin.sh

## refs: regenerate the stored references from the peers (needs Python and PyPI)
refs:
	@sh testdata/peers/refs.sh

clean:
	rm -rf bin build
