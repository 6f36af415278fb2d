"""Something that shows tray icons, for a test: it registers them as a panel does, and reads and clicks their menus.

Takes lines of JSON: ["look"] or ["click", label]. Answers each with one line. Says {"up": true} first.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()


def say(answer):
    print(json.dumps(answer), flush=True)


class Watcher(dbus.service.Object):
    def __init__(self):
        self.items = []
        super().__init__(dbus.service.BusName(WATCHER, bus), "/StatusNotifierWatcher")

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        # An item registers with its path, or with its name and the usual path.
        self.items.append((sender, service) if service.startswith("/") else (service, "/StatusNotifierItem"))

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": dbus.Int32(0)}


watcher = Watcher()


def newest():
    for name, path in reversed(watcher.items):
        try:
            properties = dbus.Interface(bus.get_object(name, path), PROPERTIES).GetAll(ITEM)
            menu = dbus.Interface(bus.get_object(name, properties["Menu"]), MENU)
            _, (_, _, rows) = menu.GetLayout(0, -1, [])
            return properties, menu, [(int(row[0]), row[1]) for row in rows]
        except dbus.DBusException:
            continue  # its program has ended
    return None


def label(row):
    return str(row.get("label", "")).replace("_", "")


def answer(words):
    found = newest()
    if found is None:
        return {"item": None}
    properties, menu, rows = found
    if words[0] == "look":
        menu_rows = [label(row) for _, row in rows if row.get("type") != "separator"]
        return {
            "item": str(properties["Id"]),
            "status": str(properties["Status"]),
            "label": str(properties.get("XAyatanaLabel", "")),
            "icon": str(properties["IconName"]),
            "menu": menu_rows,
        }
    chosen = next((number for number, row in rows if label(row) == words[1]), None)
    if chosen is None:
        return {"clicked": None}
    menu.Event(chosen, "clicked", dbus.Int32(0, variant_level=1), dbus.UInt32(0))
    return {"clicked": words[1]}


def read(source, _condition):
    line = source.readline()
    if not line:
        loop.quit()
        return False
    say(answer(json.loads(line)))
    return True


loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, read)
say({"up": True})
loop.run()
