#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/field_broker.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/gateway_node.h"
#include "tests/simulation/processor_node.h"
#include "tests/simulation/store_checker.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// Every message that the gateways took is in the history, once. Returns how many rows there are.
std::uint64_t check_history(const Truth& truth, const store::Store& store, Findings& findings);

/// Every emergency has its alarm and its place a ticket; no alarm is without a message.
void check_emergencies(const Truth& truth, const StoreChecker& store, Findings& findings);

/// Every place with a valve and a leak had it closed.
void check_valves(const Plan& plan, const Truth& truth, Findings& findings);

/// A processor that is opened from the disk knows what the one that runs knows. Only when that one
/// is at rest.
void check_replay(ProcessorNode& processor, const Plan& plan, Instant now, Findings& findings);

/// Whatever happened: all that was decided comes out again from what was recorded.
void check_journal(ProcessorNode& processor, const Plan& plan, Findings& findings);

/// Nothing waits anywhere.
void check_at_rest(const FieldBroker& field,
                   const std::vector<std::unique_ptr<GatewayNode>>& gateways,
                   ProcessorNode& processor, Findings& findings);

}  // namespace mercaptan::simulation
