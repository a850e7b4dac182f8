# SPDX-License-Identifier: Apache-2.0
# Thin front of CMake. `make help` lists the targets.
BUILD ?= build
CC ?= gcc
CMAKE_FLAGS ?=

.PHONY: help setup build run test bench lint fuzz asan tsan clang clean
help:
	@sed -n 's/^## //p' Makefile

## make setup   install the Debian packages that building and testing need (root or sudo)
setup:
	@scripts/setup

## make build   leaves build/sushui
build: setup
	@scripts/build $(BUILD) $(CMAKE_FLAGS)

## make run     build, create the demo folder, serve it at http://127.0.0.1:8080
run: build
	@scripts/run $(BUILD)

## make test    build and run all tests; starts its own PostgreSQL on loopback
test: build
	@TMPDIR=$$(scripts/test-tmp) scripts/with-postgres scripts/test $(BUILD)

## make bench   build and print the benchmark figures
bench: build
	@scripts/with-postgres scripts/bench $(BUILD)

## make lint    check includes, banned functions, SPDX lines, shell scripts, static analysis
lint: setup
	@scripts/lint

## make asan    all tests under AddressSanitizer and UndefinedBehaviorSanitizer
asan: setup
	@scripts/build build-asan -DSANITIZE=address,undefined -DCMAKE_BUILD_TYPE=Debug
	@TMPDIR=$$(scripts/test-tmp) scripts/with-postgres scripts/test build-asan

## make tsan    the tests that use threads under ThreadSanitizer
tsan: setup
	@scripts/build build-tsan -DSANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@TMPDIR=$$(scripts/test-tmp) scripts/with-postgres scripts/test build-tsan -R 'http|app|append|store|visits|trace|drill|tracing_engine'

## make clang   the same build with clang and no warning
clang: setup
	@scripts/build build-clang -DCMAKE_C_COMPILER=clang

## make fuzz    run every fuzz target for FUZZ_SECONDS (20) each
fuzz: setup
	@scripts/build build-fuzz -DFUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug
	@scripts/fuzz build-fuzz

clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz
