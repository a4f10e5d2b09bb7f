#!/usr/bin/env bash
# Checks the cuda kernels on a machine with a GPU that has neither Maven nor a network.
#
#   docs/gpu/check.sh pack DIRECTORY   where Maven is: builds, and puts all that is needed into a new directory
#   DIRECTORY/check.sh run             where the GPU is: tests and benchmarks, then one table
#
# The table names the GPU. The exit code is 0 only if every line of it says "passed". Logs stay in DIRECTORY/logs.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

pack() {
    local to="$1"
    if [ -e "$to" ]; then
        echo "Expected a directory that does not exist. Received: $to" >&2
        exit 2
    fi
    cd "$here/../.."
    mvn -B -ntp -q -Pgpu -DskipTests package
    mkdir -p "$to/lib"
    local junit
    junit="$(sed -n 's|.*<junit.version>5\.\(.*\)</junit.version>.*|1.\1|p' pom.xml)"
    mvn -B -ntp -q -Pgpu dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$(realpath "$to")/lib" \
        -DexcludeGroupIds=org.junit.jupiter,org.junit.platform,org.opentest4j,org.apiguardian
    mvn -B -ntp -q dependency:copy -DoutputDirectory="$(realpath "$to")" -Dmdep.stripVersion=true \
        -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit"
    cp target/cloze4j.jar "$to/lib/"
    cp -r target/test-classes "$to/"
    cp "$here/check.sh" "$to/"
    jlink --add-modules java.se,jdk.unsupported,jdk.management,jdk.zipfs --strip-debug --no-header-files --no-man-pages \
        --output "$to/java"
    echo "Copy $to to the machine with the GPU, and run check.sh run in it."
}

table=()
failed=0

# Writes a line of the table: what was done, how it ended, and a note.
note() {
    table+=("$(printf '| %-42s | %-6s | %s |' "$1" "$2" "$3")")
    [ "$2" = passed ] || failed=1
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

# A benchmark; its JSON object is the last line.
check_speed() {
    local log="$here/logs/benchmark-$1-$2.log" outcome=passed
    run_java io.github.cloze4j.cli.Main benchmark --kernels "$1" --precision "$2" --preset "$3" --batch-size "$4" --json \
        > "$log" 2>&1 || outcome=failed
    note "benchmark $3, batch $4, $1 $2" "$outcome" \
        "$(tail -n 1 "$log" | grep -oE '"(step_ms_median|tokens_per_second|gemm_fraction)":[^,}]*' | paste -sd, || true)"
}

run() {
    mkdir -p "$here/logs"
    cd "$here"
    local gpu
    gpu="$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | head -n 1 || echo 'no GPU')"
    run_java io.github.cloze4j.cli.Main doctor > "$here/logs/doctor.log" 2>&1 || true
    check_class kernel.CudaParityTest "parity of every operation with nd4j"
    check_class model.CudaGoldenTest "logits, gradients, ten steps of PyTorch"
    check_class train.CudaTrainingTest "200 steps against cpu, resume, same bits"
    check_speed cuda fp32 base 32
    check_speed cuda bf16 base 32
    check_speed cpu fp32 mini 16
    check_speed cuda fp32 mini 16
    echo
    echo "GPU: $gpu"
    printf '| %-42s | %-6s | %s |\n' check result note
    echo '|---|---|---|'
    printf '%s\n' "${table[@]}"
    exit "$failed"
}

case "${1:-}" in
    pack) pack "${2:?Say where to put it}" ;;
    run) run ;;
    *)
        sed -n '2,7p' "${BASH_SOURCE[0]}"
        exit 2
        ;;
esac
