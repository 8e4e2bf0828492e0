# What developers run. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Which switch the end-to-end suite runs on: lab or freeswitch.
SWITCH ?= lab
# Which Debian the installer is tried on: bookworm or trixie.
DEBIAN ?= bookworm
# Words for the bench: --readme writes the table into README, --short tries the bench itself; lab, freeswitch, latency, capacity, cpu, memory, talks, applying.
BENCH ?=

.PHONY: help run test e2e bench check format panel build demo screenshots box-test iso bundle iso-test iso-test-short iso-test-full

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ## install what is missing, start a switch, the daemon and the panel
	@scripts/install.sh run
	@node --import tsx scripts/run.ts

test: ## install what is missing, run every check and every suite
	@scripts/install.sh test
	@node --import tsx scripts/test.ts

e2e: ## only the end-to-end suite: make e2e SWITCH=lab | SWITCH=freeswitch
	@scripts/install.sh test
	@node --import tsx scripts/test.ts e2e-$(SWITCH)

bench: ## what calls cost, beside native FreeSWITCH; about 5 minutes on a quiet machine: make bench BENCH=--readme
	@scripts/install.sh bench
	@node --import tsx scripts/bench.ts $(BENCH)

check: ## formatting, types, lint, layers, dead code; no tests
	@scripts/install.sh test
	@node --import tsx scripts/test.ts static

format: ## put the code into its format
	@npx biome check --write .

panel: ## build the web panel into dist/admin
	@npx vite build

build: ## the programs that run on a box into dist/, and the panel
	@scripts/install.sh build
	@npm run -s build

box-test: ## as root: the installer on an empty Debian, in a folder: make box-test DEBIAN=bookworm | DEBIAN=trixie
	@scripts/install.sh box
	@HOTLINE_BOX_DEBIAN=$(DEBIAN) node --import tsx scripts/test.ts box

iso: build ## as root: the bootable image, in dist/iso; FREESWITCH_TOKEN_FILE=file or FREESWITCH_DEBS=folder as for the installer
	@scripts/install.sh iso
	@iso/build.sh

bundle: ## as root: from the image an update for boxes that have it, signed, in dist/iso
	@scripts/install.sh iso
	@iso/bundle.sh

iso-test: build ## as root: make the image, boot it by BIOS and UEFI, open the panel, register phones, install it to a disk, boot from that
	@scripts/install.sh iso-test
	@node --import tsx scripts/iso-test.ts

iso-test-short: build ## as root: make the image, boot it by BIOS, open the panel: 15 minutes on 2 cores
	@scripts/install.sh iso-test
	@node --import tsx scripts/iso-test.ts files bios

iso-test-full: build ## iso-test, and made twice to compare, and with a token, and the installer on Debian 12 and 13
	@scripts/install.sh iso-test
	@$(MAKE) --no-print-directory box-test DEBIAN=bookworm
	@$(MAKE) --no-print-directory box-test DEBIAN=trixie
	@node --import tsx scripts/iso-test.ts --full

demo: ## an invented firm on the lab switch, with callers who keep calling; nothing of it stays
	@scripts/install.sh run
	@node --import tsx scripts/demo.ts

screenshots: ## take the manual's pictures anew
	@scripts/install.sh test
	@node --import tsx scripts/screenshots.ts
