#include "tests/simulation/simulation.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <sstream>
#include <utility>

#include "tests/simulation/central_broker.h"
#include "tests/simulation/devices.h"
#include "tests/simulation/field_broker.h"
#include "tests/simulation/final_checks.h"
#include "tests/simulation/gateway_node.h"
#include "tests/simulation/operators.h"
#include "tests/simulation/plants.h"
#include "tests/simulation/processor_node.h"
#include "tests/simulation/random.h"
#include "tests/simulation/sink_checker.h"
#include "tests/simulation/store_checker.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1'795'248'000'000};  // 2026-11-21T08:00:00Z
constexpr Duration kReplayEvery{120'000};
constexpr Duration kLastWordMax{60'000};
constexpr Duration kClockSlack{2'000};  // A deadline is noticed within this.

std::atomic<std::uint64_t> seed_in_hand{0};

/// The district with everything in it.
class District {
public:
    explicit District(const Plan& plan) : plan_{plan} {
        processor_.store().on_written(
            [this](const store::Batch& batch) { store_checker_.on_written(batch); });
        processor_.store().tamper(tampering(plan.plant));
        central_.on_arrival(
            [this](const CentralBroker::Packet& packet) { sink_checker_.on_arrival(packet); });
        for (std::size_t i = 0; i < plan.gateways; ++i) {
            gateways_.push_back(std::make_unique<GatewayNode>(
                i, GatewayNode::Parts{plan_, timeline_, random_, truth_, findings_, field_,
                                      central_}));
        }
    }

    Outcome run() {
        processor_.start();
        for (const auto& gateway : gateways_) gateway->start();
        devices_.start();
        operators_.start();
        plan_trouble();
        check_now_and_then();
        timeline_.run(kStart + plan_.length, [this] { return !findings_.empty(); });
        if (findings_.empty()) come_to_rest();
        if (findings_.empty()) check();
        return {.findings = findings_.list(),
                .messages = truth_.messages.size(),
                .readings = readings_,
                .tickets = store_checker_.tickets().size(),
                .steps = timeline_.steps(),
                .ended_at = timeline_.now()};
    }

private:
    /// Again and again, at random times, as long as there is trouble.
    template <class What>
    void repeatedly(Duration every, What what) {
        if (every <= 0ms) return;
        timeline_.after(random_.around(every), [this, every, what] {
            if (resting_) return;
            what();
            repeatedly(every, what);
        });
    }

    void plan_trouble() {
        const Faults& faults = plan_.faults;
        repeatedly(faults.gateway_crash_every, [this] { any_gateway().doom(); });
        repeatedly(faults.processor_crash_every, [this] { processor_.doom(); });
        repeatedly(faults.link_cut_every, [this] {
            central_.cut(random_.below(plan_.gateways + 1),
                         random_.between(100ms, plan_.faults.link_cut_max));
        });
        repeatedly(faults.broker_restart_every,
                   [this] { central_.restart(random_.between(100ms, 30'000ms)); });
        repeatedly(plan_.reload_every, [this] {
            if (random_.chance(0.5)) {
                processor_.reload();
            } else {
                any_gateway().reload();
            }
        });
    }
    GatewayNode& any_gateway() { return *gateways_[random_.below(gateways_.size())]; }

    void check_now_and_then() {
        timeline_.after(kReplayEvery, [this] {
            if (processor_.at_rest()) {
                check_replay(processor_, plan_, timeline_.now(), findings_);
                store_checker_.check_overdue(timeline_.now(), kClockSlack + plan_.commit_max);
            }
            check_now_and_then();
        });
    }

    void come_to_rest() {
        resting_ = true;
        devices_.stop();
        operators_.stop();
        for (const auto& gateway : gateways_) gateway->heal();
        processor_.heal();
        central_.heal();
        const Instant end = kStart + plan_.length + plan_.rest;
        timeline_.run(end, [this] { return !findings_.empty(); });
        // A page or a caller may come at any moment; nothing may stay for long.
        if (!quiet())
            timeline_.run(end + kLastWordMax, [this] { return !findings_.empty() || quiet(); });
    }
    [[nodiscard]] bool quiet() const {
        return processor_.at_rest() && processor_.processor().unsent() == 0 &&
               processor_.unsent() == 0 && field_.waiting() == 0;
    }

    void check() {
        const Instant now = timeline_.now();
        check_at_rest(field_, gateways_, processor_, findings_);
        readings_ = check_history(truth_, processor_.store(), findings_);
        check_emergencies(truth_, store_checker_, findings_);
        check_valves(plan_, truth_, findings_);
        operators_.check();
        sink_checker_.check_complete();
        store_checker_.check_overdue(now, kClockSlack + plan_.commit_max);
        if (processor_.at_rest()) check_replay(processor_, plan_, now, findings_);
        if (processor_.at_rest()) check_journal(processor_, plan_, findings_);
    }

    const Plan& plan_;
    Timeline timeline_{kStart, plan_.verbose};
    Random random_{plan_.seed};
    Findings findings_;
    Truth truth_;
    StoreChecker store_checker_{truth_, findings_};
    SinkChecker sink_checker_{store_checker_, findings_};
    FieldBroker field_{plan_, timeline_, random_, truth_};
    CentralBroker central_{plan_, timeline_, random_};
    ProcessorNode processor_{{plan_, timeline_, random_, findings_, central_}};
    std::vector<std::unique_ptr<GatewayNode>> gateways_;
    Devices devices_{{plan_, timeline_, random_, truth_, field_}};
    Operators operators_{
        {plan_, timeline_, random_, truth_, findings_, store_checker_, processor_}};
    bool resting_ = false;
    std::uint64_t readings_ = 0;
};

}  // namespace

Outcome simulate(const Plan& plan) {
    seed_in_hand = plan.seed;
    return District{plan}.run();
}

std::string report(const Plan& plan, const Outcome& outcome) {
    std::ostringstream text;
    text << "SEED=" << plan.seed << "\n  replay: build/release/tests/simulate_district --seed "
         << plan.seed << " --verbose\n  at " << to_rfc3339(outcome.ended_at) << " after "
         << outcome.steps << " steps\n";
    for (const Finding& finding : outcome.findings)
        text << "  " << finding.checker << ": " << finding.what << "\n";
    return text.str();
}

void name_seed_on_abort() {
    std::signal(SIGABRT, [](int) {
        char text[64];
        const int size = std::snprintf(text, sizeof text, "SEED=%llu (aborted)\n",
                                       static_cast<unsigned long long>(seed_in_hand.load()));
        if (size > 0) (void)!write(STDERR_FILENO, text, static_cast<std::size_t>(size));
    });
}

}  // namespace mercaptan::simulation
