# SPDX-License-Identifier: MIT
# Builds ksem from plain sources and installs it, for packages and for machines
# without Bazel. It takes a C++20 compiler and the headers of CLI11.
#
#   make
#   make install PREFIX=/usr DESTDIR=/tmp/root
#   make uninstall PREFIX=/usr DESTDIR=/tmp/root
#
# Parts of "install": install-command, install-dev (for C++ programs), and
# install-dkms (the sources of the module, as DKMS takes them).

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
SRCDIR ?= $(PREFIX)/src
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
MODULESLOADDIR ?= $(PREFIX)/lib/modules-load.d
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
BUILD_DIR ?= .build

INSTALL ?= install
CXXFLAGS ?= -O2 -g

VERSION := $(shell sed -n 's/^\#define KSEM_VERSION "\(.*\)"/\1/p' \
	fsclient/include/ksem/version.h)
DKMSDIR = $(DESTDIR)$(SRCDIR)/ksem-$(VERSION)

# What .bazelrc and the BUILD files say.
compile = $(CXX) -std=c++20 -Wall -Wextra -I. -Ifsclient/include -fPIC -MMD -MP \
	$(CPPFLAGS) $(CXXFLAGS) $(1) -c -o $@ $<
preloaded = -fno-exceptions -fno-rtti -fvisibility=hidden -fno-plt \
	-fomit-frame-pointer
objects = $(patsubst %.cc,$(BUILD_DIR)/%.o,$(wildcard $(addsuffix /*.cc,$(1))))

preload_libraries := $(addprefix $(BUILD_DIR)/,libksem-posix.so libksem-sysv.so)
completion = $(if $(wildcard tools/ksem/completion/$(1)),\
	$(INSTALL) -D -m 644 tools/ksem/completion/$(1) $(DESTDIR)$(2))
pages := $(addprefix tools/ksem/,ksem.1 semaphores.conf.5)
fill_in = sed -e 's|@VERSION@|$(VERSION)|; s|\#MODULE_VERSION\#|$(VERSION)|' \
	-e 's|@BINDIR@|$(BINDIR)|; s|@LIBDIR@|$(LIBDIR)|' \
	-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|'

headers = cd fsclient/include && find . -name '*.h'
module_sources = cd kernel && find . \( -name '*.[ch]' -o -name Kbuild \)

.PHONY: all clean install install-command install-dev install-dkms uninstall
all: $(BUILD_DIR)/ksem $(BUILD_DIR)/libksem.a $(preload_libraries)

# "ksem run" starts in half of the time if there is no dynamic linker to run.
$(BUILD_DIR)/ksem: $(call objects,tools/ksem) $(BUILD_DIR)/libksem.a
	$(CXX) $(CXXFLAGS) $(LDFLAGS) -static-pie -pthread -o $@ $^

$(BUILD_DIR)/libksem.a: $(call objects,fsclient/src)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD_DIR)/libksem-%.so:
	$(CXX) -shared $(CXXFLAGS) $(LDFLAGS) -Wl,--as-needed -Wl,-z,defs \
		-Wl,-z,nodelete -Wl,-z,now -pthread -o $@ $^

$(BUILD_DIR)/libksem-posix.so: $(call objects,fsclient/posix/src fsclient/preload/src)
$(BUILD_DIR)/libksem-sysv.so: $(call objects,fsclient/sysv/src fsclient/preload/src)

$(BUILD_DIR)/fsclient/posix/%.o: fsclient/posix/%.cc
	@mkdir -p $(@D)
	$(call compile,$(preloaded))
$(BUILD_DIR)/fsclient/sysv/%.o: fsclient/sysv/%.cc
	@mkdir -p $(@D)
	$(call compile,$(preloaded))
$(BUILD_DIR)/fsclient/preload/%.o: fsclient/preload/%.cc
	@mkdir -p $(@D)
	$(call compile,$(preloaded))
$(BUILD_DIR)/fsclient/src/%.o: fsclient/src/%.cc
	@mkdir -p $(@D)
	$(call compile,-fvisibility=hidden)
$(BUILD_DIR)/%.o: %.cc
	@mkdir -p $(@D)
	$(call compile)

-include $(shell find $(BUILD_DIR) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD_DIR)

install: install-command install-dev install-dkms

install-command: all
	$(INSTALL) -D -m 755 $(BUILD_DIR)/ksem $(DESTDIR)$(BINDIR)/ksem
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/lib/ksem $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5
	$(INSTALL) -m 644 $(preload_libraries) $(DESTDIR)$(PREFIX)/lib/ksem
	for page in $(pages); do \
		$(INSTALL) -m 644 "$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}"; \
	done
	$(call completion,ksem.bash,$(PREFIX)/share/bash-completion/completions/ksem)
	$(call completion,_ksem,$(ZSHDIR)/_ksem)
	$(call completion,ksem.fish,$(PREFIX)/share/fish/vendor_completions.d/ksem.fish)
	$(INSTALL) -d $(DESTDIR)$(UNITDIR)/sys-kernel-config.mount.d
	$(fill_in) tools/install/ksem.service >$(DESTDIR)$(UNITDIR)/ksem.service
	$(INSTALL) -m 644 tools/install/mount.conf \
		$(DESTDIR)$(UNITDIR)/sys-kernel-config.mount.d/ksem.conf
	$(INSTALL) -D -m 644 tools/install/sysusers.conf \
		$(DESTDIR)$(SYSUSERSDIR)/ksem.conf
	$(INSTALL) -d $(DESTDIR)$(SYSCONFDIR)/ksem/semaphores.conf.d
	[ -e $(DESTDIR)$(SYSCONFDIR)/ksem/semaphores.conf ] || \
		$(INSTALL) -m 644 tools/install/semaphores.conf \
			$(DESTDIR)$(SYSCONFDIR)/ksem/semaphores.conf

install-dev: $(BUILD_DIR)/libksem.a
	$(INSTALL) -D -m 644 $(BUILD_DIR)/libksem.a $(DESTDIR)$(LIBDIR)/libksem.a
	$(headers) -exec $(INSTALL) -D -m 644 {} \
		$(abspath $(DESTDIR)/)$(INCLUDEDIR)/{} \;
	$(INSTALL) -D -m 644 kernel/include/uapi/linux/ksem.h \
		$(DESTDIR)$(INCLUDEDIR)/linux/ksem.h
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/ksem
	$(fill_in) tools/install/ksem.pc >$(DESTDIR)$(LIBDIR)/pkgconfig/ksem.pc
	for file in ksemConfig.cmake ksemConfigVersion.cmake; do \
		$(fill_in) tools/install/$$file \
			>$(DESTDIR)$(LIBDIR)/cmake/ksem/$$file; \
	done

install-dkms:
	$(module_sources) -exec \
		$(INSTALL) -D -m 644 {} $(abspath $(DKMSDIR))/{} \;
	$(INSTALL) -m 755 tools/install/keep_symbols.sh $(DKMSDIR)
	$(fill_in) tools/install/dkms.conf >$(DKMSDIR)/dkms.conf
	$(INSTALL) -D -m 644 tools/install/modules-load.conf \
		$(DESTDIR)$(MODULESLOADDIR)/ksem.conf

# Whatever part was installed, if the variables are the same. What was changed in
# semaphores.conf stays, as all files do that others have put into these folders.
installed = $(BINDIR)/ksem \
	$(addprefix $(PREFIX)/lib/ksem/,$(notdir $(preload_libraries))) \
	$(MANDIR)/man1/ksem.1 $(MANDIR)/man5/semaphores.conf.5 \
	$(PREFIX)/share/bash-completion/completions/ksem $(ZSHDIR)/_ksem \
	$(PREFIX)/share/fish/vendor_completions.d/ksem.fish \
	$(UNITDIR)/ksem.service $(UNITDIR)/sys-kernel-config.mount.d/ksem.conf \
	$(SYSUSERSDIR)/ksem.conf $(MODULESLOADDIR)/ksem.conf \
	$(LIBDIR)/libksem.a $(INCLUDEDIR)/linux/ksem.h $(LIBDIR)/pkgconfig/ksem.pc \
	$(LIBDIR)/cmake/ksem/ksemConfig.cmake \
	$(LIBDIR)/cmake/ksem/ksemConfigVersion.cmake
own_folders = $(PREFIX)/lib/ksem $(UNITDIR)/sys-kernel-config.mount.d \
	$(SYSCONFDIR)/ksem $(INCLUDEDIR)/ksem $(LIBDIR)/cmake/ksem

uninstall:
	rm -f $(addprefix $(DESTDIR),$(installed))
	$(headers) -exec rm -f $(abspath $(DESTDIR)/)$(INCLUDEDIR)/{} \;
	$(module_sources) -exec rm -f $(abspath $(DKMSDIR))/{} \;
	rm -f $(addprefix $(DKMSDIR)/,keep_symbols.sh dkms.conf)
	! cmp -s tools/install/semaphores.conf $(DESTDIR)$(SYSCONFDIR)/ksem/semaphores.conf || \
		rm $(DESTDIR)$(SYSCONFDIR)/ksem/semaphores.conf
	for folder in $(addprefix $(DESTDIR),$(own_folders)) $(DKMSDIR); do \
		[ ! -d "$$folder" ] || find "$$folder" -depth -type d -empty -delete; \
	done
