"""Front ends: one class per kind of item and one for debates, one JavaScript file each (sources in ``js/``)."""

from course.widgets.debate import DebateWidget
from course.widgets.item import ChoiceWidget, ItemWidget, LabelWidget, MapWidget, OrderWidget, widget_for

__all__ = ["ChoiceWidget", "DebateWidget", "ItemWidget", "LabelWidget", "MapWidget", "OrderWidget", "widget_for"]
