#include "cli/wrapped_output.h"

#include "cli/terminal.h"
#include "mailban/page/wrap.h"

#include <unistd.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

namespace mailban::cli {

namespace {

class WrappingBuffer : public std::streambuf {
public:
    WrappingBuffer(std::streambuf& under, std::size_t width) : under_(under), width_(width) {}

protected:
    int_type overflow(int_type c) override
    {
        if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
        const char one = traits_type::to_char_type(c);
        return xsputn(&one, 1) == 1 ? c : traits_type::eof();
    }

    std::streamsize xsputn(const char* text, std::streamsize length) override
    {
        std::string_view rest(text, static_cast<std::size_t>(length));
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            line_ += rest.substr(0, end);
            if (end == std::string_view::npos) return length;
            rest.remove_prefix(end + 1);
            if (!write_line()) return 0;
        }
        return length;
    }

    // A question, before its answer: what there is of a line.
    int sync() override
    {
        if (!line_.empty() && !write(line_)) return -1;
        line_.clear();
        return under_.pubsync();
    }

private:
    bool write(const std::string& text)
    {
        const auto size = static_cast<std::streamsize>(text.size());
        return under_.sputn(text.data(), size) == size;
    }

    bool write_line()
    {
        bool is_written = true;
        for (const auto& part : page::wrapped(line_, width_))
            is_written = is_written && write(part + '\n');
        line_.clear();
        return is_written;
    }

    std::streambuf& under_;
    std::size_t width_;
    std::string line_{};
};

}  // namespace

WrappedOutput::WrappedOutput()
{
    if (::isatty(STDOUT_FILENO) != 1) return;
    under_ = std::cout.rdbuf();
    buffer_ = std::make_unique<WrappingBuffer>(*under_, terminal_width(STDOUT_FILENO));
    std::cout.rdbuf(buffer_.get());
}

WrappedOutput::~WrappedOutput()
{
    if (under_ == nullptr) return;
    std::cout.flush();
    std::cout.rdbuf(under_);
}

}  // namespace mailban::cli
