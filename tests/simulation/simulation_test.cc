// The district under every seed of a range: SIM_START and SIM_SEEDS choose another one.

#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "common/log/log.h"

namespace mercaptan::simulation {
namespace {

constexpr std::uint64_t kSeeds = 3000;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Simulation : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        log::init(log::Level::error, "simulation");
        name_seed_on_abort();
    }
};

TEST_F(Simulation, TheDistrictKeepsItsPromisesUnderEverySeed) {
    const std::uint64_t start = number_from("SIM_START", 1);
    const std::uint64_t seeds = number_from("SIM_SEEDS", kSeeds);
    std::uint64_t readings = 0;
    std::uint64_t tickets = 0;
    int failed = 0;
    for (std::uint64_t seed = start; seed < start + seeds && failed < 5; ++seed) {
        const Plan plan = draw_plan(seed);
        const Outcome outcome = simulate(plan);
        readings += outcome.readings;
        tickets += outcome.tickets;
        if (outcome.findings.empty()) continue;
        ++failed;
        ADD_FAILURE() << report(plan, outcome);
    }
    // A district in which nothing happens keeps every promise.
    EXPECT_GT(readings, seeds * 20);
    EXPECT_GT(tickets, seeds);
}

TEST_F(Simulation, TheSameSeedIsTheSameDistrict) {
    for (const std::uint64_t seed : {1ULL, 2ULL, 3ULL}) {
        const Plan plan = draw_plan(seed);
        const Outcome once = simulate(plan);
        const Outcome again = simulate(plan);
        EXPECT_EQ(once.steps, again.steps);
        EXPECT_EQ(once.messages, again.messages);
        EXPECT_EQ(once.readings, again.readings);
        EXPECT_EQ(once.tickets, again.tickets);
        EXPECT_EQ(to_string(plan), to_string(draw_plan(seed)));
    }
}

}  // namespace
}  // namespace mercaptan::simulation
