# One way to do each thing; `make help` lists them.
#
# Nothing is installed outside this directory: Python programs go to .local/venv*, cargo-deny to
# .local/cargo, nasm to .local/nasm. The pinned lists are in local/requirements/.

STACK ?= dozo
REGION ?= $(AWS_REGION)
ARCH ?= arm64
PARAMS ?=
WAIT ?= 330
YES ?=
WATCH ?= 5
REPLACE ?=
SECONDS ?= 60
PARSER ?=
FILES ?=
HANDLER ?=
DURATION ?=
CASES ?=

# nasm and cmake, where the machine has none: local/check-tools.
export PATH := $(PATH):$(CURDIR)/.local/nasm/bin:$(CURDIR)/.local/venv-cmake/bin

# Absolute: cargo runs a benchmark in the folder of its package.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
LOCAL := $(TARGET)/debug/local
DEPLOYMENT := $(TARGET)/debug/deployment
HERE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
# The benchmarks' own code in the profile of run and test; what they measure, in the deploy profile.
BENCH = cargo bench --quiet --workspace --profile dev --bench
AWS_FLAGS = --stack "$(STACK)" --region "$(REGION)" $(if $(ENDPOINT),--endpoint-url "$(ENDPOINT)")

.DEFAULT_GOAL := help
.PHONY: help run test test-arm64 contract fuzz check golden openapi screenshot build verify cli deploy keys revoke destroy size cost bench bench-pipeline bench-documents \
	bench-admin bench-load bench-growth bench-cold-start bench-images bench-request bench-pdf bench-av clean tools aws-tools region deployed-here

help: ## List these targets
	@echo "make TARGET, one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Run everything on this machine until Ctrl-C (DOZO_AWS_PORT, DOZO_CDN_PORT, DOZO_DEMO_PORT choose ports)
	@exec "$(LOCAL)" run

test: build ## Run all tests; those of the whole system use a separate local stack
	@local/check-room 5 .local/fuzz/target/complete
	@local/ensure-venv test check contract iiif iiif-image iiif-prezi
	@local/ensure-suites
	cargo test --workspace --test on_stack --test burst --test memory --no-run
	cargo test --workspace
	local/sdk-js
	FUZZ_SEED=1 local/fuzz 3
	@# Four tests on the stack at once, however few cores there are: they wait most of the time.
	"$(LOCAL)" with-stack -- sh -ec 'cargo test --workspace --test on_stack -- --test-threads=4; \
		cargo test --workspace --test burst; local/browser-tests; local/contract-test; cargo test --workspace --test memory'

test-arm64: tools ## Run the tests of codecs, pdf and probe as arm64 programs: on another machine in qemu-aarch64
	@local/arm64 test

contract: build ## Hold the API against docs/openapi.json by calls made up for it: CASES=100 for each operation
	@"$(LOCAL)" with-stack -- local/contract-test "$(or $(CASES),100)"

fuzz: tools ## Fuzz our parsers: SECONDS=60 for each, PARSER=images for only one of fuzz/fuzz_targets
	@local/fuzz "$(SECONDS)" $(PARSER)

check: tools ## Check the format, lints, docs, dependencies and the template
	@local/check-room 5 "$(LOCAL)"
	local/check

golden: tools ## Write the expected MediaConvert requests in tests/mediaconvert again: check the difference before you keep it
	DOZO_WRITE_GOLDEN=1 cargo test --workspace --lib -- mediaconvert

openapi: tools ## Write the description of the API again: docs/openapi.json, and its page docs/api.html
	cargo build --quiet --workspace --bin openapi
	"$(TARGET)/debug/openapi" write docs

screenshot: build ## Make docs/demo.png again, the readme's picture of the demo page, with a separate local stack
	@"$(LOCAL)" with-stack -- local/screenshot

build: tools ## Build the functions for this machine, into dist/
	@local/check-room 5 "$(LOCAL)"
	@local/ensure-venv run
	@local/ensure-hls-js
	@local/build-functions

verify: build ## Try out a deployment with files of its own: STACK, REGION; without REGION, a separate local stack
	@$(if $(REGION),"$(TARGET)/debug/dozo" verify --stack "$(STACK)" --region "$(REGION)", \
		"$(LOCAL)" with-stack -- "$(TARGET)/debug/dozo" verify --local)

cli: tools ## Install the command `dozo` for this user, by cargo
	cargo install --locked --path cli

deploy: aws-tools ## Deploy to AWS: STACK=dozo REGION=eu-west-1 ARCH=arm64|x86_64 PARAMS="Name=Value …" WATCH=5 (minutes) REPLACE=yes
	@local/build-functions "$(ARCH)"
	"$(DEPLOYMENT)" deploy $(AWS_FLAGS) --arch "$(ARCH)" --watch-minutes "$(WATCH)" $(if $(filter yes,$(REPLACE)),--replace) -- $(PARAMS)

keys: aws-tools ## Rotate the keys of a deployment: STACK, REGION, WAIT=330 (seconds the old ones stay valid)
	"$(DEPLOYMENT)" keys $(AWS_FLAGS) --wait-seconds "$(WAIT)"

revoke: aws-tools ## End all upload credentials issued so far: STACK, REGION
	"$(DEPLOYMENT)" revoke $(AWS_FLAGS)

destroy: aws-tools ## Remove a deployment but keep its media: STACK, REGION, YES=1 to skip the confirmation
	"$(DEPLOYMENT)" destroy $(AWS_FLAGS) $(if $(YES),--yes)

size: tools ## Print the size of each function as it is deployed: ARCH=arm64|x86_64
	@local/build-functions "$(ARCH)"
	@wc -c dist/*/bootstrap | awk '{printf "%8.2f MB  %s\n", $$1 / 1000000, $$2}'

cost: ## Print a month's AWS bill by list prices: PHOTOS=10000 EAGER=0 VIEWS=1000000 PDF_PAGES=0 FILM_MINUTES=0 TAKEDOWNS=0 DELETIONS=0; FORMAT=json
	@local/cost $(if $(PHOTOS),--photos "$(PHOTOS)") $(if $(EAGER),--eager "$(EAGER)") $(if $(VIEWS),--views "$(VIEWS)") $(if $(PDF_PAGES),--pdf-pages "$(PDF_PAGES)") \
		$(if $(FILM_MINUTES),--film-minutes "$(FILM_MINUTES)") $(if $(TAKEDOWNS),--takedowns "$(TAKEDOWNS)") $(if $(DELETIONS),--deletions "$(DELETIONS)") \
		$(if $(FORMAT),--format "$(FORMAT)")

bench: bench-pipeline bench-documents bench-admin bench-load bench-growth bench-cold-start bench-images bench-request bench-pdf bench-av ## Run all benchmarks below; FORMAT=json prints one JSON object per line

bench-pipeline: deployed-here ## Measure uploads through the local stack: uploads per second, the time until ready, and what a photo of 12 MP costs
	@local/ensure-photos
	@"$(LOCAL)" with-stack -- $(BENCH) pipeline

bench-admin: deployed-here ## Measure suspensions on the local stack: the time until nothing of a media is delivered any more
	@"$(LOCAL)" with-stack -- $(BENCH) admin

bench-load: deployed-here ## Load the local stack with half of what this machine can do: lags, errors and queues by time; DURATION=120 (seconds)
	@DURATION="$(DURATION)" "$(LOCAL)" with-stack -- $(BENCH) load

bench-growth: deployed-here ## Measure calls, time and memory by the number of media, in memory and on the local stack; draws docs/growth
	@"$(LOCAL)" with-stack -- $(BENCH) growth

bench-documents: deployed-here ## Measure documents of up to 2,000 pages and 300 MB through the local stack: the time until ready
	@"$(LOCAL)" with-stack -- $(BENCH) documents

bench-cold-start: deployed-here ## Measure the time of each function from exec to its first request for work
	@BARE_FUNCTION=$$(ls -t "$(TARGET)"/*-linux-gnu/deploy/bare-function | head -n 1) \
		"$(LOCAL)" with-stack -- $(BENCH) cold_start

bench-images: tools ## Compare thumbnails with sharp, Pillow and pyvips; FILES="a.jpg b.png" for your own pictures
	@local/bench-images $(FILES)

bench-request: deployed-here ## Measure whole requests for images that are not in the CDN's cache; HANDLER=/its/index.js adds another function for Node.js
	@local/ensure-bench-images
	@HANDLER="$(HANDLER)" $(BENCH) request

bench-pdf: tools ## Compare pages per second with pypdfium2, pdftoppm and mutool; FILES="a.pdf b.pdf" for your own documents
	@local/bench-pdf $(FILES)

bench-av: tools ## Compare the cost of transcoding with that of FFmpeg alone, with the same ladder
	@local/ensure-ffmpeg
	@$(BENCH) av

clean: ## Remove what was built and installed, but keep uploaded media in .local/state
	rm -rf dist .local/venv .local/venv-* .local/cargo .local/with-stack .local/logs .local/browser .local/fuzz/target tests/browser/node_modules sdk/js/node_modules \
		bench/images/node_modules openapi/lint/node_modules .local/bench-images .local/ffmpeg .local/hls-js .local/nasm .local/pdfium .local/suites
	cargo clean
	@if [ -d .local/state ]; then echo "kept: .local/state, the local stack's media; rm -rf .local removes them"; fi

tools:
	@local/check-tools

deployed-here: tools
	@local/ensure-venv run
	@cargo build --quiet --workspace --bin local
	@local/build-functions "$(HERE)" bare-function

aws-tools: tools region
	@local/ensure-venv run
	@cargo build --workspace --bin deployment

region:
	@[ -n "$(REGION)" ] || { echo "No region is given. Run make $(MAKECMDGOALS) REGION=eu-west-1, or set AWS_REGION" >&2; exit 1; }
