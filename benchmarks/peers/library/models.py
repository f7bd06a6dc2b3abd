"""The platform's tables as Django maps what it does not manage."""

from __future__ import annotations

from django.db import models


class Category(models.Model):
    """机构类别."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        """Whose table it is."""

        managed = False
        db_table = "institution_categories"

    def __str__(self) -> str:
        """Show the name."""
        return str(self.name)


class Institution(models.Model):
    """机构."""

    name = models.CharField(max_length=100)
    category = models.ForeignKey(Category, models.PROTECT, db_column="category_code", null=True)
    reports_to = models.ForeignKey("self", models.PROTECT, db_column="parent_id", null=True)
    organisation_code = models.CharField(max_length=18)
    locked_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        """Whose table it is."""

        managed = False
        db_table = "institutions"

    def __str__(self) -> str:
        """Show the name."""
        return str(self.name)


class Licence(models.Model):
    """医疗机构执业许可证."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="licences")
    registration_number = models.CharField(max_length=22)
    is_in_use = models.BooleanField()

    class Meta:
        """Whose table it is."""

        managed = False
        db_table = "licences"

    def __str__(self) -> str:
        """Show the number."""
        return str(self.registration_number)
