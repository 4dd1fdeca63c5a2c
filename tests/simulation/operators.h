#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/findings.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/processor_node.h"
#include "tests/simulation/random.h"
#include "tests/simulation/store_checker.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// The dispatch centre: works off tickets, takes calls, and asks again when no answer came.
class Operators {
public:
    struct Parts {
        const Plan& plan;
        Timeline& timeline;
        Random& random;
        Truth& truth;
        Findings& findings;
        const StoreChecker& store;
        ProcessorNode& processor;
    };
    explicit Operators(Parts parts) : p_{parts} {}

    void start();
    /// No new calls; those that wait for an answer go on.
    void stop() { stopped_ = true; }
    /// Every call was answered, with a ticket that exists, and was taken once.
    void check();

private:
    void work_later();
    void work();
    void call_later();
    void call(std::size_t number);
    void heard(const processor::CommandOutcome& outcome);

    Parts p_;
    bool stopped_ = false;
};

}  // namespace mercaptan::simulation
