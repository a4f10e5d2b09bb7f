#!/usr/bin/env bash
# Checks the cuda kernels on a machine with a GPU that has neither Maven nor a network.
#
#   docs/gpu/check.sh pack DIRECTORY [PIECES]   where Maven is: builds, and puts all that is needed into a new directory;
#                                               with PIECES also into files of at most 56 MiB in that new directory
#   DIRECTORY/check.sh run                      where the GPU is: tests and benchmarks, then one table
#   PIECES/check.sh run                         the same, after joining the pieces
#
# Where python3, or what PYTHON names, has PyTorch with CUDA, the same training step is timed in PyTorch beside ours.
# The table names the GPU. The exit code is 0 only if no line of it says "failed". Logs stay in DIRECTORY/logs.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

require_new() {
    if [ -e "$1" ]; then
        echo "Expected a directory that does not exist. Received: $1" >&2
        exit 2
    fi
}

pack() {
    local to="$1" pieces="${2:-}"
    require_new "$to"
    [ -z "$pieces" ] || require_new "$pieces"
    mkdir -p "$to/lib"
    to="$(realpath "$to")"
    [ -z "$pieces" ] || { mkdir -p "$pieces" && pieces="$(realpath "$pieces")"; }
    cd "$here/../.."
    mvn -B -ntp -q -Pgpu -DskipTests package
    local junit
    junit="$(sed -n 's|.*<junit.version>5\.\(.*\)</junit.version>.*|1.\1|p' pom.xml)"
    mvn -B -ntp -q -Pgpu dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$to/lib" \
        -DexcludeGroupIds=org.junit.jupiter,org.junit.platform,org.opentest4j,org.apiguardian
    mvn -B -ntp -q dependency:copy -DoutputDirectory="$to" -Dmdep.stripVersion=true \
        -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit"
    cp target/lib/cloze4j.jar "$to/lib/"
    cp target/cloze4j.jar "$to/lib/cloze4j-cli.jar"
    cp -r target/test-classes "$to/"
    cp "$here/check.sh" "$here/peer_step.py" "$to/"
    jlink --add-modules java.se,jdk.unsupported,jdk.management,jdk.zipfs --strip-debug --no-header-files --no-man-pages \
        --output "$to/java"
    if [ -z "$pieces" ]; then
        echo "Copy $to to the machine with the GPU, and run check.sh run in it."
    else
        tar -C "$to" -czf - . | split -b 56m - "$pieces/piece."
        cp "$here/check.sh" "$pieces/"
        echo "Copy $pieces to the machine with the GPU, and run check.sh run in it."
    fi
}

# Where this script came with pieces.
join_pieces() {
    if [ ! -e "$here/java" ] && compgen -G "$here/piece.*" > /dev/null; then
        cat "$here"/piece.* | tar -C "$here" -xzf -
    fi
}

table=()
failed=0

# Writes a line of the table: what was done, how it ended, and a note.
note() {
    table+=("$(printf '| %-52s | %-7s | %s |' "$1" "$2" "$3")")
    [ "$2" != failed ] || failed=1
}

run_java() {
    "$here/java/bin/java" -Xmx8g -Dorg.nd4j.log.initialization=false -cp "$here/test-classes:$here/lib/*" "$@"
}

# A test class; no test found is a failure.
check_class() {
    local started=$SECONDS log="$here/logs/$1.log" outcome=passed
    "$here/java/bin/java" -Xmx8g -Dorg.nd4j.log.initialization=false -jar "$here/junit-platform-console-standalone.jar" \
        execute --class-path "$here/test-classes:$(printf '%s:' "$here"/lib/*.jar)" --select-class "io.github.cloze4j.$1" \
        --include-tag gpu --fail-if-no-tests --details tree > "$log" 2>&1 || outcome=failed
    note "$2" "$outcome" "$(grep -oE '[0-9]+ tests (successful|failed)' "$log" | paste -sd, || true) in $((SECONDS - started)) s"
}

# The value of a field in the JSON object that is the last line of a file; nothing where there is none.
field() {
    tail -n 1 "$1" | grep -oE "\"$2\": ?[0-9.eE+-]+" | sed 's/.*: *//' || true
}

# Our steps: name, kernels, precision, preset, rows, tokens of a row. Leaves tokens per second in $ours.
check_speed() {
    local log="$here/logs/benchmark-$1-$2-$3-$5.log" outcome=passed
    run_java io.github.cloze4j.cli.Main benchmark --kernels "$1" --precision "$2" --preset "$3" --batch-size "$4" \
        --seq-len "$5" --steps 30 --json > "$log" 2>&1 || outcome=failed
    ours="$(field "$log" tokens_per_second)"
    if [ "$outcome" = failed ]; then
        note "ours, $3, batch $4 x $5, $1 $2" failed "$(grep -m 1 '^error: ' "$log" || echo "see $log")"
        return
    fi
    note "ours, $3, batch $4 x $5, $1 $2" passed \
        "$ours tokens/s, $(field "$log" model_tflops) model TFLOP/s, $(field "$log" gemm_fraction) of the product peak of $(field "$log" gemm_peak_gflops) GFLOP/s"
}

# PyTorch's steps, as is and compiled, and ours in relation to the better: shape in PyTorch's options, then as above.
check_peer() {
    local shape="$1" preset="$2" rows="$3" tokens="$4" better=0 log speed how
    if [ -z "$python" ]; then
        note "PyTorch, $preset, batch $rows x $tokens, bf16" skipped "no python3 with PyTorch that sees a GPU"
        return
    fi
    for how in "" --compile; do
        log="$here/logs/peer-$preset-$tokens$how.log"
        # Options of the shape are several words.
        # shellcheck disable=SC2086
        "$python" "$here/peer_step.py" $shape --batch-size "$rows" --seq-len "$tokens" $how > "$log" 2> "$log.err" || true
        speed="$(field "$log" tokens_per_second)"
        note "PyTorch${how:+ $how}, $preset, batch $rows x $tokens, bf16" "$([ -n "$speed" ] && echo passed || echo failed)" \
            "${speed:-no} tokens/s, $(field "$log" peak_memory_gb) GB"
        better="$(awk -v a="$better" -v b="${speed:-0}" 'BEGIN { print (a > b ? a : b) }')"
    done
    note "ours / the better PyTorch, $preset, $rows x $tokens" \
        "$(awk -v a="${ours:-0}" -v b="$better" 'BEGIN { print (b > 0 && a >= b ? "passed" : "failed") }')" \
        "$(awk -v a="${ours:-0}" -v b="$better" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "unknown" }'), wanted: 1.00 or more"
}

# Ours in bf16, and PyTorch directly after it.
check_against_peer() {
    check_speed cuda bf16 "$2" "$3" "$4"
    check_peer "$@"
}

run() {
    join_pieces
    mkdir -p "$here/logs"
    cd "$here"
    local gpu
    gpu="$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -n 1 || echo 'no GPU')"
    python="$(command -v "${PYTHON:-python3}" || true)"
    if [ -n "$python" ] && ! "$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
        python=""
    fi
    run_java io.github.cloze4j.cli.Main doctor > "$here/logs/doctor.log" 2>&1 || true
    check_class kernel.CudaParityTest "every operation against double precision"
    check_class kernel.cuda.CudaRoundedProductsTest "bf16 and tf32 products against double precision"
    check_class kernel.cuda.CudaStepGraphTest "steps as graphs against steps without"
    check_class model.CudaGoldenTest "logits, gradients, ten steps of PyTorch"
    check_class train.CudaTrainingTest "200 steps against cpu, resume, same bits"
    check_against_peer "--layers 12 --hidden 768 --heads 12" base 256 128
    check_against_peer "--layers 12 --hidden 768 --heads 12" base 64 512
    check_against_peer "--layers 4 --hidden 256 --heads 4" mini 256 128
    check_speed cuda fp32 base 256 128
    check_speed cpu fp32 mini 16 128
    echo
    echo "GPU: $gpu"
    [ -z "$python" ] || echo "PyTorch: $("$python" -c 'import torch; print(torch.__version__)')"
    printf '| %-52s | %-7s | %s |\n' check result note
    echo '|---|---|---|'
    printf '%s\n' "${table[@]}"
    exit "$failed"
}

case "${1:-}" in
    pack) pack "${2:?Say where to put it}" "${3:-}" ;;
    run) run ;;
    *)
        sed -n '2,10p' "${BASH_SOURCE[0]}"
        exit 2
        ;;
esac
