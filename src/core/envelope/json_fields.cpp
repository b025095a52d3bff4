// One JSON object a line, read member by member: nothing of it is kept but the fields.
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "entry_fields.h"

namespace mailban {

namespace {

// The reader's callbacks. A field is a string, or an array of the bytes that it has, or an array of
// its values.
class FieldReader final : public nlohmann::json::json_sax_t {
public:
    explicit FieldReader(EntryFields& fields) : fields_(fields) {}

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(nlohmann::json::number_integer_t) override { return spoil(); }
    bool number_float(nlohmann::json::number_float_t, const nlohmann::json::string_t&) override
    {
        return spoil();
    }
    bool binary(nlohmann::json::binary_t&) override { return false; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override
    {
        return false;
    }

    bool number_unsigned(nlohmann::json::number_unsigned_t value) override
    {
        if (!is_in_array()) return true;
        if (value > std::numeric_limits<unsigned char>::max()) return spoil();
        bytes_ += static_cast<char>(static_cast<unsigned char>(value));
        return true;
    }
    bool string(nlohmann::json::string_t& value) override
    {
        if (is_in_array()) {
            if (values_++ == 0) bytes_ = std::move(value);
        } else if (depth_ == 1 && field_) {
            fields_.set(*field_, std::move(value));
        }
        return true;
    }
    bool start_object(std::size_t) override
    {
        ++depth_;
        return true;
    }
    bool end_object() override
    {
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override
    {
        // An object begins the line.
        if (depth_++ == 0) return false;
        bytes_.clear();
        values_ = 0;
        is_spoilt_ = false;
        return true;
    }
    bool end_array() override
    {
        if (is_in_array() && !is_spoilt_) fields_.set(*field_, std::exchange(bytes_, {}));
        --depth_;
        return true;
    }
    bool key(nlohmann::json::string_t& name) override
    {
        if (depth_ == 1) field_ = EntryFields::field_of(name);
        return true;
    }

private:
    bool is_in_array() const noexcept { return depth_ == 2 && field_.has_value(); }
    bool spoil() noexcept
    {
        is_spoilt_ = true;
        return true;
    }

    EntryFields& fields_;
    std::optional<EntryFields::Field> field_{};
    std::size_t depth_ = 0;
    std::string bytes_{};
    std::size_t values_ = 0;
    bool is_spoilt_ = false;
};

}  // namespace

bool read_json_fields(std::string_view line, EntryFields& fields)
{
    fields.clear();
    FieldReader reader(fields);
    return nlohmann::json::sax_parse(line.begin(), line.end(), &reader);
}

}  // namespace mailban
