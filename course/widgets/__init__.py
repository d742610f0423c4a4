"""Front ends for items: one class per kind, one JavaScript file each (sources in ``js/``)."""

from course.widgets.item import ChoiceWidget, ItemWidget, LabelWidget, OrderWidget, widget_for

__all__ = ["ChoiceWidget", "ItemWidget", "LabelWidget", "OrderWidget", "widget_for"]
