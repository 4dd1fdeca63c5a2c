// Each checker sees the kind of bug that it is there for: bugs are planted in the surroundings of
// the product, and the checker that must notice is named.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "tests/simulation/simulation.h"

namespace mercaptan::simulation {
namespace {

constexpr std::uint64_t kSeedsMax = 150;

struct Planted {
    const char* name;
    Plant plant;
    std::set<std::string> seen_by;  // Any of these.
};

class PlantedBugs : public ::testing::TestWithParam<Planted> {
protected:
    static void SetUpTestSuite() {
        log::init(log::Level::error, "simulation");
        name_seed_on_abort();
    }
};

TEST_P(PlantedBugs, AreSeen) {
    const Planted& planted = GetParam();
    std::set<std::string> others;
    for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
        Plan plan = draw_plan(seed);
        plan.plant = planted.plant;
        for (const Finding& finding : simulate(plan).findings) {
            if (planted.seen_by.contains(finding.checker)) return;
            others.insert(finding.checker);
        }
    }
    std::string seen;
    for (const std::string& checker : others) seen += " " + checker;
    FAIL() << planted.name << " was not seen; but these spoke:" << seen;
}

INSTANTIATE_TEST_SUITE_P(
    Each, PlantedBugs,
    ::testing::Values(
        Planted{"gateway_disk_lies", Plant::gateway_disk_lies, {"history", "emergency"}},
        Planted{"processor_disk_lies", Plant::processor_disk_lies, {"commits"}},
        Planted{"acts_before_commit", Plant::acts_before_commit, {"effect_before_commit"}},
        Planted{"confirms_before_commit", Plant::confirms_before_commit, {"watermark"}},
        Planted{"broker_confirms", Plant::broker_confirms, {"history"}},
        Planted{"watermarks_lost", Plant::watermarks_lost, {"outbox"}},
        Planted{"effects_unconfirmed", Plant::effects_unconfirmed, {"unsent"}},
        Planted{"sink_sees_older", Plant::sink_sees_older, {"generations"}},
        Planted{"order_ids_reused", Plant::order_ids_reused, {"order_id"}},
        Planted{"history_twice", Plant::history_twice, {"history"}},
        Planted{"history_dropped", Plant::history_dropped, {"history"}},
        Planted{"ticket_twice", Plant::ticket_twice, {"one_ticket"}},
        Planted{"ticket_dropped", Plant::ticket_dropped, {"log", "versions"}},
        Planted{"alarm_dropped", Plant::alarm_dropped, {"replay"}},
        Planted{"log_line_dropped", Plant::log_line_dropped, {"log"}},
        Planted{"breach_twice", Plant::breach_twice, {"clocks"}},
        Planted{"breach_early", Plant::breach_early, {"clocks"}},
        Planted{"never_ticks", Plant::never_ticks, {"clocks"}},
        Planted{"keys_ignored", Plant::keys_ignored, {"idempotency"}},
        Planted{"valve_deaf", Plant::valve_deaf, {"guard"}}),
    [](const ::testing::TestParamInfo<Planted>& each) { return std::string{each.param.name}; });

}  // namespace
}  // namespace mercaptan::simulation
