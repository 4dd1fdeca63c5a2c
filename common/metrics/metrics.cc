#include "common/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <typeindex>
#include <utility>
#include <variant>

#include "common/domain/check.h"

namespace mercaptan::metrics {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The names Prometheus knows, without the colons that are for its recording rules.
bool is_name(std::string_view text) {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c); });
}

bool are_labels(const Labels& labels) {
    return std::all_of(labels.begin(), labels.end(), [](const auto& label) {
        return is_name(label.first) && label.first.substr(0, 2) != "__" && label.first != "le";
    });
}

bool are_rising(const std::vector<double>& buckets) {
    return std::adjacent_find(buckets.begin(), buckets.end(),
                              [](double a, double b) { return !(a < b); }) == buckets.end();
}

}  // namespace

void Counter::inc(double by) {
    impl_->Increment(by);
}
double Counter::value() const {
    return impl_->Value();
}

void Gauge::set(double value) {
    impl_->Set(value);
}
void Gauge::inc(double by) {
    impl_->Increment(by);
}
void Gauge::dec(double by) {
    impl_->Decrement(by);
}
double Gauge::value() const {
    return impl_->Value();
}

void Histogram::observe(double value) {
    impl_->Observe(value);
}

std::vector<double> latency_buckets() {
    return {0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
            0.05,   0.1,    0.2,    0.5,   1.0,   2.0,   5.0,  10.0};
}

class Registry::Impl {
public:
    using Key = std::pair<std::string, Labels>;
    using Series = std::variant<Counter, Gauge, Histogram>;

    struct Callback {
        std::variant<Counter, Gauge> series;
        std::function<double()> read;
    };

    // The series of that name and labels, made by `make` if there is none; of the kind T.
    template <class T, class Make>
    T& get(std::string_view name, const Labels& labels, Make make) {
        MERCAPTAN_CHECK(is_name(name));
        MERCAPTAN_CHECK(are_labels(labels));
        const Key key{std::string{name}, labels};
        const auto kind = kinds.try_emplace(key.first, typeid(T)).first->second;
        MERCAPTAN_CHECK(kind == std::type_index{typeid(T)});
        const auto found = series.find(key);
        if (found != series.end()) {
            return std::get<T>(found->second);
        }
        return std::get<T>(series.emplace(key, T{make(key.first)}).first->second);
    }

    Counter& counter(std::string_view name, std::string_view help, const Labels& labels) {
        return get<Counter>(name, labels, [&](const std::string& text) -> prometheus::Counter& {
            return prometheus::BuildCounter()
                .Name(text)
                .Help(std::string{help})
                .Register(registry)
                .Add(labels);
        });
    }

    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels) {
        return get<Gauge>(name, labels, [&](const std::string& text) -> prometheus::Gauge& {
            return prometheus::BuildGauge()
                .Name(text)
                .Help(std::string{help})
                .Register(registry)
                .Add(labels);
        });
    }

    std::mutex mutex;
    prometheus::Registry registry;
    std::map<std::string, std::type_index> kinds;
    std::map<Key, Series> series;  // Its nodes, and so the handles, stay where they are.
    std::vector<Callback> callbacks;
};

Registry::Registry() : impl_{std::make_unique<Impl>()} {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    const std::lock_guard lock{impl_->mutex};
    return impl_->counter(name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::lock_guard lock{impl_->mutex};
    return impl_->gauge(name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const Labels& labels,
                               const std::vector<double>& buckets) {
    MERCAPTAN_CHECK(are_rising(buckets));
    const std::lock_guard lock{impl_->mutex};
    return impl_->get<Histogram>(name, labels,
                                 [&](const std::string& text) -> prometheus::Histogram& {
                                     return prometheus::BuildHistogram()
                                         .Name(text)
                                         .Help(std::string{help})
                                         .Register(impl_->registry)
                                         .Add(labels, buckets);
                                 });
}

void Registry::gauge_callback(std::string_view name, std::string_view help, const Labels& labels,
                              std::function<double()> read) {
    const std::lock_guard lock{impl_->mutex};
    impl_->callbacks.push_back({impl_->gauge(name, help, labels), std::move(read)});
}

void Registry::counter_callback(std::string_view name, std::string_view help, const Labels& labels,
                                std::function<double()> read) {
    const std::lock_guard lock{impl_->mutex};
    impl_->callbacks.push_back({impl_->counter(name, help, labels), std::move(read)});
}

void Registry::drop_callbacks() {
    const std::lock_guard lock{impl_->mutex};
    impl_->callbacks.clear();
}

void Registry::build_info(std::string_view version) {
    gauge("mercaptan_build_info", "Always 1; the version is in the label.",
          {{"version", std::string{version}}})
        .set(1);
}

std::string Registry::text() {
    const std::lock_guard lock{impl_->mutex};
    for (Impl::Callback& callback : impl_->callbacks) {
        const double value = callback.read();
        if (auto* const gauge = std::get_if<Gauge>(&callback.series)) {
            gauge->set(value);
        } else {
            auto& counter = std::get<Counter>(callback.series);
            counter.inc(value - counter.value());
        }
    }
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, impl_->registry.Collect());
    return std::move(out).str();
}

}  // namespace mercaptan::metrics
