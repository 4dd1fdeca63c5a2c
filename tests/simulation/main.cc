// Runs seeds of the simulated district: simulate_district [--seed N | --start N --seeds COUNT]

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/log/log.h"
#include "tests/simulation/simulation.h"

namespace {

struct Arguments {
    std::uint64_t start = 1;
    std::uint64_t seeds = 100;
    bool verbose = false;
};

[[noreturn]] void usage() {
    std::fputs("usage: simulate_district [--seed N] [--start N] [--seeds COUNT] [--verbose]\n",
               stderr);
    std::exit(2);
}

Arguments parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string_view name = values[i];
        if (name == "--verbose") {
            arguments.verbose = true;
            continue;
        }
        if (i + 1 == count) usage();
        const std::uint64_t number = std::strtoull(values[++i], nullptr, 10);
        if (name == "--seed") {
            arguments.start = number;
            arguments.seeds = 1;
        } else if (name == "--start") {
            arguments.start = number;
        } else if (name == "--seeds") {
            arguments.seeds = number;
        } else {
            usage();
        }
    }
    return arguments;
}

}  // namespace

int main(int count, char** values) {
    using namespace mercaptan;
    const Arguments arguments = parse(count, values);
    log::init(arguments.verbose ? log::Level::info : log::Level::error, "simulation");
    simulation::name_seed_on_abort();
    const auto begun = std::chrono::steady_clock::now();
    std::uint64_t failed = 0;
    std::uint64_t readings = 0;
    std::uint64_t tickets = 0;
    for (std::uint64_t seed = arguments.start; seed < arguments.start + arguments.seeds; ++seed) {
        simulation::Plan plan = simulation::draw_plan(seed);
        plan.verbose = arguments.verbose;
        if (plan.verbose) {
            std::printf("seed %llu: %s", static_cast<unsigned long long>(seed),
                        to_string(plan).c_str());
        }
        const simulation::Outcome outcome = simulation::simulate(plan);
        readings += outcome.readings;
        tickets += outcome.tickets;
        if (outcome.findings.empty()) continue;
        ++failed;
        std::fputs(report(plan, outcome).c_str(), stdout);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("%llu seeds, %llu failed, %llu readings, %llu tickets, %.1f s\n",
                static_cast<unsigned long long>(arguments.seeds),
                static_cast<unsigned long long>(failed), static_cast<unsigned long long>(readings),
                static_cast<unsigned long long>(tickets), took.count());
    return failed == 0 ? 0 : 1;
}
