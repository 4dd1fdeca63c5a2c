#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "common/json/reader.h"
#include "tests/simulation/central_broker.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/store_checker.h"

namespace mercaptan::simulation {

/// Watches what the processor sends to the central broker, as its receivers see it.
class SinkChecker {
public:
    SinkChecker(const StoreChecker& store, Findings& findings)
        : store_{store}, findings_{findings} {}

    void on_arrival(const CentralBroker::Packet& packet);
    /// Everything that was committed is here: each ticket in its last version.
    void check_complete();

private:
    void on_watermark(const CentralBroker::Packet& packet);
    void on_ticket(const CentralBroker::Packet& packet);
    void on_order(const CentralBroker::Packet& packet);

    const StoreChecker& store_;
    Findings& findings_;
    JsonReader json_;
    std::map<std::string, Instant> newest_;          // By topic of what is retained.
    std::map<std::string, std::uint64_t> versions_;  // By ticket.
    std::map<std::string, std::string> orders_;      // Payload by order id.
    std::map<std::pair<std::string, std::uint64_t>, std::string> order_ids_;  // By attempt.
};

}  // namespace mercaptan::simulation
