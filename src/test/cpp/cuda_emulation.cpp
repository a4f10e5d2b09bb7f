#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "cuda_emulation.h"

dim3 threadIdx;
dim3 blockIdx;
dim3 blockDim;
dim3 gridDim;

/** The linker's names for the ends of the section that shared variables stand in. */
extern "C" __attribute__((visibility("hidden"))) char __start_emulated_shared[];
extern "C" __attribute__((visibility("hidden"))) char __stop_emulated_shared[];

/** All kernels of the library; a null name ends them. */
extern const emulation::Entry emulatedKernels[];

namespace emulation {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr unsigned int kWarpLanes = 32;
constexpr unsigned int kMaxThreads = 1024;
constexpr int kPoison = 0xff;
constexpr std::size_t kGuardBytes = 64;

/** SplitMix64 (Steele et al., 2014). */
class Random {
  public:
    explicit Random(std::uint64_t seed) : state(seed) {}

    std::size_t below(std::size_t bound) {
        state += 0x9e3779b97f4a7c15u;
        std::uint64_t x = state;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::size_t>((x ^ (x >> 31)) % bound);
    }

  private:
    std::uint64_t state;
};

template <typename T>
void shuffle(Random& random, std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; i--) {
        std::swap(values[i - 1], values[random.below(i)]);
    }
}

/**
 * Which thread runs next. In one half of the blocks every ready thread is as likely; in the other, warps have ranks and the highest
 * ready one always runs on, so that one warp gets as far ahead of another as barriers let it (Burckhardt et al., 2010).
 */
class Order {
  public:
    Order(Random& random, unsigned int threads) : random(random), ranks(threads), byRank(random.below(2) == 0) {
        std::vector<std::size_t> warpRanks((threads + kWarpLanes - 1) / kWarpLanes);
        std::iota(warpRanks.begin(), warpRanks.end(), 0u);
        shuffle(random, warpRanks);
        for (unsigned int thread = 0; thread < threads; thread++) {
            ranks[thread] = (warpRanks[thread / kWarpLanes] << 32) + random.below(1u << 31);
        }
    }

    /** Takes a thread out of the ready ones. */
    unsigned int next(std::vector<unsigned int>& ready) {
        auto chosen = byRank ? std::max_element(ready.begin(), ready.end(),
                                       [this](unsigned int a, unsigned int b) { return ranks[a] < ranks[b]; })
                             : ready.begin() + static_cast<std::ptrdiff_t>(random.below(ready.size()));
        std::swap(*chosen, ready.back());
        const unsigned int thread = ready.back();
        ready.pop_back();
        return thread;
    }

  private:
    Random& random;
    std::vector<std::uint64_t> ranks;
    bool byRank;
};

/** Threads that wait for each other. */
struct Gathering {
    std::vector<unsigned int> waiting;
    unsigned int generation = 0;
};

struct Warp {
    Gathering lanes;
    // Two, for a lane may give its next value before another has taken the one before.
    std::uint64_t values[2][kWarpLanes];
};

struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack{new char[kStackBytes]};
};

std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<unsigned int> ready;
std::vector<Warp> warps;
Gathering block;
ucontext_t scheduler;
unsigned int current;
unsigned int finished;
std::vector<char> dynamic;
std::string error;
const Entry* kernel;
void** kernelArguments;
std::string removedFile;
int removedLine;

void fail(const std::string& message) {
    if (error.empty()) {
        error = message;
    }
}

/** Back to the scheduler; returns when this thread is chosen again. */
void pause() {
    swapcontext(&fibers[current]->context, &scheduler);
}

void wait(Gathering& gathering, unsigned int expected) {
    gathering.waiting.push_back(current);
    if (gathering.waiting.size() == expected) {
        ready.insert(ready.end(), gathering.waiting.begin(), gathering.waiting.end());
        gathering.waiting.clear();
        gathering.generation++;
    }
    pause();
}

void runThread() {
    kernel->call(kernelArguments);
    finished++;
    setcontext(&scheduler);
}

void prepareFiber(unsigned int thread) {
    if (fibers.size() <= thread) {
        fibers.push_back(std::make_unique<Fiber>());
    }
    Fiber& fiber = *fibers[thread];
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, runThread, 0);
}

void runBlock(Random& random, std::size_t sharedBytes) {
    std::fill(__start_emulated_shared, __stop_emulated_shared, static_cast<char>(kPoison));
    dynamic.assign(sharedBytes + kGuardBytes, static_cast<char>(kPoison));
    warps.assign((blockDim.x + kWarpLanes - 1) / kWarpLanes, Warp());
    block = Gathering();
    ready.resize(blockDim.x);
    std::iota(ready.begin(), ready.end(), 0u);
    finished = 0;
    Order order(random, blockDim.x);
    for (unsigned int thread = 0; thread < blockDim.x; thread++) {
        prepareFiber(thread);
    }
    while (!ready.empty() && error.empty()) {
        current = order.next(ready);
        threadIdx = {current, 0, 0};
        swapcontext(&scheduler, &fibers[current]->context);
    }
    if (finished < blockDim.x) {
        fail("Expected every thread to reach each barrier and shuffle. Received: " + std::to_string(finished) + " of "
             + std::to_string(blockDim.x) + " threads ended, the others wait");
    }
    const auto guard = dynamic.begin() + static_cast<std::ptrdiff_t>(sharedBytes);
    if (std::any_of(guard, dynamic.end(), [](char byte) { return byte != static_cast<char>(kPoison); })) {
        fail("Expected no write behind dynamic shared memory. Received: one");
    }
}

void runGrid(unsigned int gridX, unsigned int gridY, std::size_t sharedBytes, std::uint64_t seed) {
    Random random(seed);
    std::vector<unsigned int> order(gridX * gridY);
    std::iota(order.begin(), order.end(), 0u);
    shuffle(random, order);
    for (std::size_t i = 0; i < order.size() && error.empty(); i++) {
        blockIdx = {order[i] % gridX, order[i] / gridX, 0};
        runBlock(random, sharedBytes);
    }
}

const Entry* find(const char* name) {
    for (const Entry* entry = emulatedKernels; entry->name != nullptr; entry++) {
        if (std::strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return nullptr;
}

}  // namespace

void* dynamicShared() {
    return dynamic.data();
}

void barrier(const char* file, int line) {
    const std::string path = file;
    const bool removed = line == removedLine && path.size() >= removedFile.size()
            && path.compare(path.size() - removedFile.size(), removedFile.size(), removedFile) == 0;
    if (!removed) {
        wait(block, blockDim.x);
    }
}

std::uint64_t exchange(unsigned int lanes, std::uint64_t value, int laneBits) {
    if (lanes != 0xffffffffu) {
        fail("Expected a shuffle of whole warps. Received: lanes " + std::to_string(lanes));
    }
    Warp& warp = warps[current / kWarpLanes];
    const unsigned int lane = current % kWarpLanes;
    const unsigned int generation = warp.lanes.generation;
    warp.values[generation % 2][lane] = value;
    wait(warp.lanes, kWarpLanes);
    return warp.values[generation % 2][lane ^ static_cast<unsigned int>(laneBits)];
}

}  // namespace emulation

/**
 * Runs a kernel, with arguments as cuLaunchKernel takes them. One launch at a time.
 *
 * @param sizes of what the arguments point at, which must be those of the parameters
 * @return null, or what went wrong, valid until the next launch
 */
extern "C" const char* emulateLaunch(
        const char* name,
        int gridX,
        int gridY,
        int threads,
        std::int64_t sharedBytes,
        std::int64_t seed,
        void** arguments,
        const std::int64_t* sizes,
        int count) {
    using namespace emulation;
    error.clear();
    kernel = find(name);
    kernelArguments = arguments;
    if (kernel == nullptr) {
        error = "Expected a kernel. Received: " + std::string(name);
        return error.c_str();
    }
    if (gridX < 1 || gridY < 1 || gridY > 65535 || threads < 1 || threads > static_cast<int>(kMaxThreads)) {
        error = "Expected a grid and a block that CUDA takes. Received: " + std::to_string(gridX) + ", "
                + std::to_string(gridY) + ", " + std::to_string(threads);
        return error.c_str();
    }
    if (!std::equal(kernel->sizes, kernel->sizes + kernel->parameters, sizes, sizes + count,
                    [](std::size_t expected, std::int64_t received) {
                        return expected == static_cast<std::size_t>(received);
                    })) {
        error = "Expected arguments of the sizes of the parameters of " + std::string(name) + ". Received: others";
        return error.c_str();
    }
    gridDim = {static_cast<unsigned int>(gridX), static_cast<unsigned int>(gridY), 1};
    blockDim = {static_cast<unsigned int>(threads), 1, 1};
    runGrid(gridDim.x, gridDim.y, static_cast<std::size_t>(sharedBytes), static_cast<std::uint64_t>(seed));
    return error.empty() ? nullptr : error.c_str();
}

/** Takes a barrier away, to see whether it is missed; line 0 gives all back. */
extern "C" void removeBarrier(const char* file, int line) {
    emulation::removedFile = file;
    emulation::removedLine = line;
}
