"""A small business system that stands for ERP and CRM: orders, returns, invoices and more over HTTP, on own data."""
