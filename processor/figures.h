#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"
#include "common/store/store.h"
#include "processor/core/alarm_figures.h"
#include "processor/core/rulebook.h"
#include "processor/core/service_figures.h"

// The figures from the rows of a store: which tickets and alarms count, in which groups.
namespace mercaptan::processor {

inline constexpr std::size_t kFigureTicketsMax = 2'000'000;
inline constexpr std::size_t kFigureAlarmsMax = 10'000'000;

enum class GroupBy : std::uint8_t { none, ticket_class, zone, policy, month };
[[nodiscard]] std::optional<GroupBy> group_by_from(std::string_view name);

/// Every ticket that was received before `period.to` and had not ended before `period.from`, by id.
/// Fails with limit_reached beyond kFigureTicketsMax.
[[nodiscard]] Result<std::vector<WorkFacts>> collect_work(const store::Store& store,
                                                          const Period& period);

/// By group, in the order of their names; a month (of receipt, local time) as `2026-10`. Without
/// groups there is one, of no name.
struct ServiceGroup {
    std::string name;
    ServiceFigures figures;
};
[[nodiscard]] std::vector<ServiceGroup> group_service(const std::vector<WorkFacts>& work,
                                                      const Period& period, GroupBy by,
                                                      const TimeZone& zone);

[[nodiscard]] Result<AlarmFigures> collect_alarms(const store::Store& store, const Period& period);

/// `2026-10`: from its first instant to that of the next, local time.
[[nodiscard]] Result<Period> month_period(std::string_view month, Instant as_of,
                                          const TimeZone& zone);
[[nodiscard]] std::string month_of(Instant at, const TimeZone& zone);

}  // namespace mercaptan::processor
