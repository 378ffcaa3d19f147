% rebase('layout', title=t('nav.health'), here='health')
% page_head(t('nav.health'))
<div id="toasts">
% if drilling:
%   toast(t('emergency.drilling', handset=visit.handset(drilling, 'port.the_handset')))
% end
% if restart:
%   toast(t('health.restart_' + restart))
% end
</div>
<div hx-get="/health/now" hx-trigger="box:line from:body delay:200ms, box:box from:body, box:resync from:body" hx-swap="innerHTML">
% include('health_now')
</div>
<div hx-get="/emergency/card" hx-trigger="box:emergency from:body, box:call from:body delay:500ms, box:resync from:body" hx-swap="innerHTML" data-hold-while-used>
% include('health_emergency')
</div>
<div class="two">
% with card(t('health.backups'), 'backups'):
<p>{{t('health.backup_last', day=backups[0][0], n=len(backups)) if backups else t('health.backup_none')}}</p>
<div class="actions">
%   link_action('/health/backup.tar', t('health.backup_download'), 'download')
</div>
<p class="quiet">{{t('health.backup_hint')}}</p>
%   with folded(t('health.backup_restore')):
<p>{{t('health.backup_restore_how')}}</p>
<p class="mono" lang="en">{{'python -m tools.restore FILE.tar'}}</p>
%   end
% end
% with card(t('health.box'), 'box'):
<dl class="facts">
<div><dt>{{t('health.now')}}</dt><dd>{{'%s' % visit.now.strftime('%Y-%m-%d %H:%M (%z)')}}</dd></div>
%   if since:
<div><dt>{{t('health.since')}}</dt><dd>\\
%     when(int(since.timestamp() * 1000), visit.offset_min)
</dd></div>
%   end
<div><dt>{{t('health.address')}}</dt><dd class="mono">{{visit.host}}</dd></div>
%   for key, count in (('recordings', disk.recordings), ('faxes', disk.faxes), ('log', disk.log), ('backups', disk.backups), ('free', disk.free)):
<div><dt>{{t('disk.' + key)}}</dt><dd>{{t('disk.megabytes', n=decimal(count / 1e6))}}</dd></div>
%   end
</dl>
<div class="actions">
%   link_action('/health/log', t('log.title'), 'help')
%   if visit.running:
%     action('/health/restart', t('health.restart'), 'new', [])
%   end
</div>
% end
</div>
