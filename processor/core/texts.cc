#include "processor/core/texts.h"

namespace mercaptan::processor {
namespace {

constexpr std::string_view kAreaReason = "area incident, addresses: ";

constexpr std::array<GuidanceStep, 6> kGasSteps{{
    {"close_valve",
     {"关闭燃气阀门：立即关闭表前阀、灶前阀。",
      "Close the gas valve: shut the valve at the meter and at the cooker now."}},
    {"open_windows",
     {"开窗通风：打开门窗，让燃气散出去，不要开启排风扇或油烟机。",
      "Open doors and windows and let the gas out; do not use an extractor fan or hood."}},
    {"no_flame",
     {"严禁明火：不要点火、吸烟，不要使用打火机和火柴。",
      "No flames: do not light anything, do not smoke, no lighters or matches."}},
    {"no_switches",
     {"不碰电器：不要开关任何电器、电灯和门铃，不要在室内拨打电话。",
      "Touch no switches: no lights, appliances or doorbells on or off, no phone calls indoors."}},
    {"leave",
     {"撤离现场：带上家人尽快到室外空旷处，不乘电梯，不要返回。",
      "Leave: take everybody outside to open air, do not use the lift, do not go back in."}},
    {"call",
     {"到室外安全处后拨打 119（火警）或 110（报警），并等候抢修人员。",
      "From a safe place outside call 119 (fire) or 110 (police) and wait for the repair crew."}},
}};
constexpr Text kGasSummary{
    "请立即关闭燃气阀门，打开门窗通风；严禁明火，不要开关任何电器；尽快带家人撤离到室外，"
    "到安全处后拨打 119 或 110。抢修人员正在安排。",
    "Close the gas valve and open doors and windows now. No flames, and touch no electric "
    "switches. "
    "Take everybody outside, and call 119 or 110 from a safe place. A repair crew is being sent."};

constexpr std::array<GuidanceStep, 6> kCoSteps{{
    {"open_windows", {"开窗通风：立即打开所有门窗。", "Open all doors and windows now."}},
    {"close_valve",
     {"关闭燃气阀门，停用热水器、壁挂炉和灶具。",
      "Close the gas valve and stop the water heater, boiler and cooker."}},
    {"no_flame",
     {"严禁明火：不要再点燃任何燃气具。", "No flames: do not light any gas appliance again."}},
    {"no_switches",
     {"不碰电器：不要开关电灯和其他电器。",
      "Touch no switches: do not turn lights or appliances on or off."}},
    {"leave",
     {"撤离现场：把所有人转移到室外空气新鲜处，有人昏迷先抬到室外。",
      "Leave: bring everybody into fresh air; carry out first whoever has fainted."}},
    {"call",
     {"有人头晕、恶心或昏迷请立即拨打 120；需要救援拨打 119 或 110。",
      "If anybody is dizzy, sick or unconscious call 120; for rescue call 119 or 110."}},
}};
constexpr Text kCoSummary{
    "可能有一氧化碳。请立即打开门窗，关闭燃气阀门，停用燃气具，严禁明火，不要开关电器；"
    "所有人马上撤离到室外，不适者拨打 120，需要救援拨打 119 或 110。",
    "There may be carbon monoxide. Open doors and windows, close the gas valve, stop all gas "
    "appliances, no flames, touch no electric switches. Everybody out into fresh air; call 120 for "
    "anybody unwell, 119 or 110 for rescue."};

constexpr std::array<GuidanceStep, 5> kFireSteps{{
    {"leave",
     {"立即撤离：带上所有人离开建筑物，低姿弯腰，不乘电梯，不要返回。",
      "Leave at once: get everybody out of the building, stay low, no lift, do not go back in."}},
    {"call",
     {"到安全处立即拨打 119 火警电话，也可拨打 110。",
      "From a safe place call 119 (fire) at once, or 110."}},
    {"close_valve",
     {"在确保自身安全的前提下关闭燃气阀门。", "Close the gas valve only if it is safe for you."}},
    {"no_flame", {"严禁在周围使用明火或吸烟。", "No other flames and no smoking anywhere near."}},
    {"no_switches", {"不要开关任何电器。", "Touch no electric switches."}},
}};
constexpr Text kFireSummary{
    "请立即带所有人撤离，不乘电梯，到安全处拨打 119 或 110。确保自身安全时再关闭燃气阀门；"
    "周围严禁明火，不要开关电器，不要返回。",
    "Get everybody out now, do not use the lift, and call 119 or 110 from a safe place. Close the "
    "gas valve only if that is safe. No flames near by, touch no electric switches, do not go "
    "back in."};

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) out.append(part);
    return out;
}

/// What stands between the two, or nothing.
std::string_view between(std::string_view text, std::string_view start, std::string_view end) {
    const bool fits =
        text.starts_with(start) && text.ends_with(end) && text.size() > start.size() + end.size();
    return fits ? text.substr(start.size(), text.size() - start.size() - end.size())
                : std::string_view{};
}

constexpr std::string_view kCalendar = "calendar ";
constexpr std::string_view kMissingFor = " missing for clock ";

/// Why somebody is woken: the codes that pages carry, as sentences.
PageText text_of_reason(std::string_view reason) {
    struct Row {
        std::string_view reason;
        Text text;
    };
    static constexpr std::array<Row, 3> kFixed{{
        {"no crew on duty", {"无人值班", "no crew is on duty"}},
        {"class raised", {"工单升为更高类别", "its class was raised"}},
        {"nobody has accepted", {"仍无人接单", "nobody has accepted it"}},
    }};
    for (const Row& row : kFixed) {
        if (row.reason == reason) return {std::string{row.text.zh}, std::string{row.text.en}};
    }
    if (const auto clock = between(reason, "clock ", " breached"); !clock.empty()) {
        const Text name = name_of_clock(clock);
        return {joined({"“", name.zh, "”超时"}), joined({"the ", name.en, " deadline was missed"})};
    }
    if (const auto clock = between(reason, "clock ", " warned"); !clock.empty()) {
        const Text name = name_of_clock(clock);
        return {joined({"“", name.zh, "”即将超时"}),
                joined({"the ", name.en, " deadline is near"})};
    }
    if (const auto crew = between(reason, "the shift of ", " has ended: hand over what it has");
        !crew.empty()) {
        return {joined({crew, "已到下班时间，请交接手上的工作"}),
                joined({"the shift of ", crew, " has ended: hand over what it has"})};
    }
    if (reason.starts_with(kAreaReason)) {
        const auto addresses = reason.substr(kAreaReason.size());
        return {joined({"区域事件，涉及地址数：", addresses}), std::string{reason}};
    }
    const auto missing = reason.find(kMissingFor);
    if (reason.starts_with(kCalendar) && missing != std::string_view::npos) {
        const auto year = reason.substr(kCalendar.size(), missing - kCalendar.size());
        const Text name = name_of_clock(reason.substr(missing + kMissingFor.size()));
        return {joined({"日历缺少", year, "年的节假日，“", name.zh, "”期限暂按星期计算"}),
                joined({"the calendar has no data of ", year, ", so the ", name.en,
                        " deadline counts by weekday"})};
    }
    return {std::string{reason}, std::string{reason}};
}

}  // namespace

Guidance guidance_for(std::string_view cause_condition) {
    if (cause_condition.starts_with("co.") || cause_condition.starts_with("report.co")) {
        return {kCoSummary, kCoSteps};
    }
    if (cause_condition == "report.fire" || cause_condition == "report.explosion") {
        return {kFireSummary, kFireSteps};
    }
    return {kGasSummary, kGasSteps};
}

Text title_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return {"输入有误", "Not accepted"};
        case ErrorCode::not_found:
            return {"未找到", "Not found"};
        case ErrorCode::conflict:
            return {"当前状态不允许此操作", "Not allowed in the present state"};
        case ErrorCode::forbidden:
            return {"没有权限", "Not permitted"};
        case ErrorCode::precondition_failed:
            return {"记录已被他人更新，请刷新后重试", "Changed by somebody else meanwhile"};
        case ErrorCode::limit_reached:
            return {"已达上限", "Limit reached"};
        case ErrorCode::unavailable:
            return {"服务暂不可用，请稍后再试", "Not available at the moment"};
        case ErrorCode::io:
        case ErrorCode::corrupt:
            return {"服务器内部错误", "Internal error"};
    }
    return {"服务器内部错误", "Internal error"};
}

Text name_of(TicketClass ticket_class) {
    switch (ticket_class) {
        case TicketClass::one:
            return {"一级（紧急）", "Class 1 (emergency)"};
        case TicketClass::two:
            return {"二级", "Class 2"};
        case TicketClass::three:
            return {"三级", "Class 3"};
    }
    return {"未定级", "unclassified"};
}

Text name_of_clock(std::string_view clock) {
    struct Row {
        std::string_view name;
        Text text;
    };
    static constexpr std::array<Row, 10> kClocks{{
        {"dispatch", {"派单", "dispatch"}},
        {"accept", {"接单", "accept"}},
        {"depart", {"出发", "depart"}},
        {"arrive", {"到场", "arrive"}},
        {"make_safe", {"险情控制", "make safe"}},
        {"repair", {"修复", "repair"}},
        {"close", {"办结", "close"}},
        {"appointment", {"预约", "appointment"}},
        {"call_back", {"回访", "call back"}},
        {"callback", {"回访", "call back"}},
    }};
    for (const Row& row : kClocks) {
        if (row.name == clock) return row.text;
    }
    return {clock, clock};
}

std::string reason_of_missing_year(int year, std::string_view clock) {
    return joined({kCalendar, std::to_string(year), kMissingFor, clock});
}

std::string area_reason(std::uint64_t addresses) {
    return std::string{kAreaReason} + std::to_string(addresses);
}

PageText text_of(const Page& page) {
    const Text class_name =
        page.ticket_class ? name_of(*page.ticket_class) : Text{"未定级", "unclassified"};
    const PageText why = text_of_reason(page.reason);
    const std::string level = std::to_string(page.level);
    return {
        .zh = joined({class_name.zh, "工单 ", page.ticket_id, "（", page.site.view(), "）：",
                      why.zh, "，升级级别 ", level, "，请立即处理。"}),
        .en = joined({class_name.en, " ticket ", page.ticket_id, " at ", page.site.view(), ": ",
                      why.en, "; escalation level ", level, ". Act now."}),
    };
}

}  // namespace mercaptan::processor
