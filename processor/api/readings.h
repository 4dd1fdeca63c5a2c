#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.h"
#include "common/store/store.h"
#include "processor/api/devices.h"
#include "processor/io/rows.h"

namespace mercaptan::processor::api {

/// A device's part of the history: times in [from, to).
struct Stretch {
    std::string device;
    std::string site;
    Instant from;
    Instant to;
};

/// Calls `visit` with each reading in the order of time, or backwards, until it returns false.
/// `key` is the row's.
using VisitReading = std::function<bool(std::string_view key, const HistoryRow& row)>;
[[nodiscard]] Result<void> visit_readings(const store::Store& store, const Stretch& stretch,
                                          bool backwards, const VisitReading& visit);

[[nodiscard]] Result<std::optional<HistoryRow>> newest_reading(const store::Store& store,
                                                               std::string_view device,
                                                               std::string_view site);

/// `GET /api/v1/devices/{id}/readings`
[[nodiscard]] Result<http::Response> list_readings(const Backend& backend,
                                                   const RegistryOrder::Snapshot& registry,
                                                   const http::Request& request);

}  // namespace mercaptan::processor::api
