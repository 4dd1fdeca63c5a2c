#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/figures.h"

// Figures as JSON and CSV. Shares are per cent with two decimals, durations whole milliseconds.
namespace mercaptan::processor::api {

/// `97.35`; `null` of nothing. As a CSV cell: empty of nothing.
[[nodiscard]] std::string decimal(std::optional<std::uint64_t> hundredths);

[[nodiscard]] std::string kpi_json(const Period& period, GroupBy by,
                                   const std::vector<ServiceGroup>& groups,
                                   const AlarmFigures& alarms);

/// `group,figure,class,name,count,of,pct,ms`: every service figure, a line each.
[[nodiscard]] std::string service_csv(const std::vector<ServiceGroup>& groups);
[[nodiscard]] std::string alarms_csv(const AlarmFigures& alarms);
/// A line per month, as the monthly summary of 16 NYCRR 255.825 counts.
[[nodiscard]] std::string new_york_csv(const std::vector<ServiceGroup>& months);
/// The daily log of 16 NYCRR 255.825: record, place, received, kind, first dispatched, arrived.
[[nodiscard]] std::string new_york_log_csv(const std::vector<WorkFacts>& work,
                                           const Period& period);
[[nodiscard]] std::string call_backs_csv(const CallBackReport& report, const std::string& month,
                                         const std::string& due_by);

}  // namespace mercaptan::processor::api
