#!/bin/sh
# Builds llama-server from the source that the npm package node-llama-cpp carries (llama.cpp v0.5.0, the version whose
# libraries our model server loads), into the benchmarks' cache: $RERIG_BENCH_CACHE, or ~/.cache/rerig. About six minutes
# on two cores; does nothing where it is built already. Builds the targets that are named, or all that the benchmarks
# use. Needs npm, git, cmake, ninja and a C++ compiler.
set -eu

cache=${RERIG_BENCH_CACHE:-$HOME/.cache/rerig}
folder=$cache/llama.cpp-v0.5.0
server=$folder/build/bin/llama-server

if [ -x "$server" ]; then
  echo "$server" >&2
  exit 0
fi
for program in npm git cmake ninja c++; do
  if ! command -v "$program" >/dev/null; then
    echo "llama-server can't be built: there is no $program. Install it (Debian: git cmake ninja-build g++), then run this again." >&2
    exit 1
  fi
done

mkdir -p "$folder"
if [ ! -e "$folder/source/CMakeLists.txt" ]; then
  fetched=$(mktemp -d)
  trap 'rm -rf "$fetched"' EXIT
  (cd "$fetched" && npm pack --silent node-llama-cpp@3.22.1 >/dev/null && tar xzf node-llama-cpp-3.22.1.tgz)
  rm -rf "$folder/source"
  git clone --quiet "$fetched/package/llama/gitRelease.bundle" "$folder/source"
fi
cmake -S "$folder/source" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DGGML_NATIVE=ON -DGGML_CCACHE=OFF -DBUILD_SHARED_LIBS=ON >&2
[ "$#" -gt 0 ] || set -- llama-server llama-bench llama-batched-bench
cmake --build "$folder/build" -j"$(nproc)" --target "$@" >&2
echo "$server" >&2
