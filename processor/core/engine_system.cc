#include "common/domain/check.h"
#include "processor/core/engine.h"
#include "processor/core/ids.h"

// What the system finds wrong with itself stands in the alarm list beside what devices say.
namespace mercaptan::processor {
namespace {

constexpr std::string_view kSystemSite = "system";
constexpr std::string_view kCalendar = "calendar";
constexpr std::string_view kYearMissing = "calendar.year_missing";
constexpr std::uint16_t kYearMissingSeverity = 700;

}  // namespace

bool Engine::is_of_system(const Alarm& alarm) {
    return alarm.site == kSystemSite && alarm.condition == kYearMissing;
}

std::uint32_t Engine::calendar_alarm() {
    const std::string id = alarm_id(kSystemSite, kCalendar, kYearMissing);
    if (const auto found = alarm_by_id_.find(id); found != alarm_by_id_.end()) return found->second;
    const auto index = static_cast<std::uint32_t>(alarms_.size());
    Alarm alarm;
    alarm.id = id;
    alarm.site = kSystemSite;
    alarm.device = kCalendar;
    alarm.condition = kYearMissing;
    alarms_.push_back(std::move(alarm));
    alarm_named_.push_back(false);
    alarm_by_id_.emplace(alarms_.back().id, index);
    return index;
}

void Engine::watch_calendar(Instant now) {
    const std::size_t beyond = book_.beyond_calendar().size();
    if (calendar_lacks_year_ == (beyond > 0)) return;
    calendar_lacks_year_ = beyond > 0;
    Alarm& alarm = change_alarm(calendar_alarm(), now);
    AlarmChange change;
    change.event = beyond > 0 ? AlarmEvent::raise : AlarmEvent::clear;
    change.at = now;
    change.now = now;
    MERCAPTAN_CHECK(apply(alarm, change).has_value());
    alarm.present = beyond > 0;
    alarm.severity = kYearMissingSeverity;
    alarm.value = static_cast<double>(beyond);
    alarm.unit = "tickets";
}

}  // namespace mercaptan::processor
